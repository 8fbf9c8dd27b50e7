"""What came back from a gateway."""
import json


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def __str__(self):
        return f"{self.status} {self.headers} {self.body[:300]!r}"

    def all(self, name):
        return [value for found, value in self.headers if found.lower() == name.lower()]

    def one(self, name):
        values = self.all(name)
        return values[0] if len(values) == 1 else None

    @property
    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            return {}

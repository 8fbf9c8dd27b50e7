internal import ArgumentParser
internal import Hummingbird
internal import ServiceLifecycle
print("hi")

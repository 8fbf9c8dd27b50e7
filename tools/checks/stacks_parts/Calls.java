import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;

/** The calls of a plan (see plan.py) with Java's own client and its defaults: it offers HTTP/2 with every call. */
public class Calls {
    static final HttpClient client = HttpClient.newHttpClient();

    public static void main(String[] arguments) throws Exception {
        var plan = Files.readAllLines(Path.of(arguments[0]));
        int workers = plan.stream().mapToInt(row -> Integer.parseInt(row.split("\t", -1)[0])).max().orElse(0);
        var answers = Path.of(arguments[1]);
        var threads = new ArrayList<Thread>();
        for (int worker = 0; worker <= workers; worker++) {
            int mine = worker;
            var thread = new Thread(() -> rows(plan, mine, answers));
            threads.add(thread);
            thread.start();
        }
        for (var thread : threads) thread.join();
    }

    static void rows(List<String> plan, int worker, Path answers) {
        for (int index = 0; index < plan.size(); index++) {
            var fields = plan.get(index).split("\t", -1);
            if (Integer.parseInt(fields[0]) == worker) tell(index + "\t" + call(fields), answers);
        }
    }

    static synchronized void tell(String answer, Path answers) {
        try {
            Files.writeString(answers, answer + "\n", StandardOpenOption.APPEND);
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    static String call(String[] fields) {
        String method = fields[1], mode = fields[3];
        byte[] body = fields[4].getBytes(StandardCharsets.UTF_8);
        var request = HttpRequest.newBuilder(URI.create(fields[2])).timeout(Duration.ofSeconds(5));
        for (var header : fields[5].split("\u001f")) {
            if (header.isEmpty()) continue;
            var parts = header.split(": ", 2);
            request.header(parts[0], parts[1]);
        }
        request.method(method, mode.equals("none") ? BodyPublishers.noBody()
            : mode.equals("chunked") ? BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body))
            : BodyPublishers.ofByteArray(body));
        if (mode.equals("expect")) request.expectContinue(true);
        long began = System.nanoTime();
        try {
            HttpResponse<InputStream> response = client.send(request.build(), BodyHandlers.ofInputStream());
            byte[] answer = response.body().readAllBytes();
            long took = (System.nanoTime() - began) / 1_000_000;
            String headers = response.headers().map().entrySet().stream()
                .flatMap(field -> field.getValue().stream().map(value -> field.getKey() + ": " + value))
                .collect(Collectors.joining("\u001f"));
            return response.statusCode() + "\t" + took + "\t" + headers + "\t" + Base64.getEncoder().encodeToString(answer) + "\t";
        } catch (Exception problem) {
            return "0\t" + (System.nanoTime() - began) / 1_000_000 + "\t\t\t" + problem.toString().replaceAll("\\s+", " ");
        }
    }
}

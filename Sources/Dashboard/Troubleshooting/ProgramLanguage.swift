internal import Bytes

/// The languages of programs that send requests, as far as they differ in how texts and headers are written in them.
enum ProgramLanguage: String, CaseIterable {
    case javaScript = "JavaScript"
    case python = "Python"
    case php = "PHP"
    case ruby = "Ruby"
    case java = "Java"
    case cSharp = "C#"
    case go = "Go"
    case powerShell = "PowerShell"
    case kotlin = "Kotlin"
    case dart = "Dart"
    case swift = "Swift"
    case rust = "Rust"

    /// Words that a language has, with how much each of them tells: 1 for what others have too, 3 for what is its own.
    private static let signs: [(ProgramLanguage, weight: Int, words: [String])] = [
        (
            .javaScript, 3,
            [
                "fetch(", "axios", "JSON.stringify", "process.env", "import.meta", "XMLHttpRequest", "$.ajax", "$.get", "$.post",
                "new Headers", "console.log", "require('", "require(\"", "undici", "useFetch", "superagent", "jQuery", "this.http.",
                ".subscribe(", "new HttpHeaders({", "UrlFetchApp",
            ]
        ),
        (.javaScript, 2, ["const ", "let "]),
        (.javaScript, 1, ["await ", "async ", "=> {", ".then(", "function("]),
        (
            .python, 3,
            [
                "requests.get", "requests.post", "requests.put", "requests.patch", "requests.delete", "requests.request",
                "requests.Session", "import requests", "httpx", "aiohttp", "urllib.request", "urllib3", "os.environ", "os.getenv",
                "http.client",
                "__name__",
            ]
        ),
        (.python, 2, ["headers=", "headers = {"]),
        (.python, 1, ["def ", "print(", "import ", "json=", "params=", "f\"", "f'", "None", "with "]),
        (
            .php, 3,
            [
                "<?php", "curl_setopt", "CURLOPT_", "curl_init", "stream_context_create", "file_get_contents", "Guzzle", "Http::with",
                "Http::get", "Http::post", "wp_remote", "json_encode", "getenv('", "$client->", "->request('", "' . $", "\" . $", "array(",
            ]
        ),
        (.php, 1, ["->", "=>", "$_"]),
        (
            .ruby, 3,
            [
                "Net::HTTP", "HTTParty", "RestClient", "Faraday", "Typhoeus", "Excon", "URI.open", "ENV[", "ENV.fetch", "URI(", "URI.parse",
                "do |",
            ]
        ),
        (.ruby, 1, ["puts ", "require '", "end\n", "=>", "#{"]),
        (
            .java, 3,
            [
                "HttpRequest.newBuilder", "HttpClient.newHttpClient", "HttpURLConnection", "setRequestProperty", "URI.create",
                "System.getenv", "public static void", "RestTemplate", "restTemplate", "import java", "WebClient", "webClient",
                "OkHttpClient",
                "Request.Builder", "new URL(", "HttpHeaders",
            ]
        ),
        (.java, 1, ["String ", "public ", "new ", ".build()"]),
        (
            .cSharp, 3,
            [
                "DefaultRequestHeaders", "HttpRequestMessage", "AuthenticationHeaderValue", "using System", "new HttpClient",
                "RestRequest", "RestClient(", "Environment.GetEnvironmentVariable", "GetAsync", "PostAsync", "SendAsync", "Console.Write",
                "string.Format",
            ]
        ),
        (.cSharp, 1, ["var ", "string ", "await "]),
        (
            .go, 3,
            [
                "http.NewRequest", ":= ", "os.Getenv", "fmt.", "package main", ".Header.Set", ".Header.Add", "http.DefaultClient",
                "http.Header{",
            ]
        ),
        (
            .powerShell, 3,
            [
                "Invoke-RestMethod", "Invoke-WebRequest", "invoke-restmethod", "invoke-webrequest", "irm ", "iwr ", "$env:", "@{",
                "ConvertTo-SecureString", "New-Object",
            ]
        ),
        (.kotlin, 6, ["val ", "fun main", "HttpHeaders.Authorization", "suspend fun", "ktor"]),
        (.dart, 3, ["Uri.parse", "Uri.https", "package:http", "Future<", "dio."]),
        (.swift, 3, ["URLRequest(", "forHTTPHeaderField", "URLSession"]),
        (.rust, 3, ["reqwest", "let mut ", "format!(", ".unwrap()", "&str"]),
    ]

    /// The signs by their first bytes, so that a long text is gone through once.
    private static let bySign: [[(language: Int, weight: Int, word: [UInt8])]] = {
        var lists = Array(repeating: [(language: Int, weight: Int, word: [UInt8])](), count: 256)
        for (language, weight, words) in signs {
            guard let place = allCases.firstIndex(of: language) else { continue }
            for word in words {
                let bytes = Array(word.utf8)
                if let first = bytes.first { lists[Int(first)].append((place, weight, bytes)) }
            }
        }
        return lists
    }()

    /// Tells the language of a text by the words in it; `nil` where they tell none, or several.
    static func of(_ bytes: [UInt8]) -> ProgramLanguage? {
        var weights = Array(repeating: 0, count: allCases.count)
        var found: Set<[UInt8]> = []
        for index in bytes.indices {
            for (language, weight, word) in bySign[Int(bytes[index])]
            where index + word.count <= bytes.count && bytes[index + 1] == word[1]
                && bytes[index..<(index + word.count)].elementsEqual(word)
            {
                let isInWord = index > 0 && bytes[index - 1].isASCIILetterOrDigit && word[0].isASCIILetter
                if !isInWord, found.insert(word + [UInt8(truncatingIfNeeded: language)]).inserted { weights[language] += weight }
            }
        }
        guard let weight = weights.max(), weight >= 1 else { return nil }
        let languages = weights.indices.filter { weights[$0] == weight }
        return languages.count == 1 ? allCases[languages[0]] : nil
    }
}

import Foundation
import KeyEvents
import TestSupport
import Testing

/// What people and machines name things by is no secret, and cut secrets are no names.
@Suite struct RealisticNamesTests {
    @Test(arguments: [
        "my_team_QuarterlyReport2025Final", "sales_emea_Q3ForecastRevision12Draft", "dev_ops_TerraformModuleVpc2ProductionEuWest1",
        "crm_sync_SalesforceToHubspotV2Contacts2024", "hotel_berlin_ChannelManagerConnection2026",
        "app_ios_TestFlightBuild1042ReleaseCandidate",
        "pms_test_ZimmerpreiseUndVerfuegbarkeit2026", "crm_live_ActualizacionDePreciosHoteles2025",
        "erp_prod_MiseAJourDesDisponibilites2024V2",
        "it_roma_SincronizzazionePrenotazioni2026", "pl_wawa_SynchronizacjaDostepnosci2025Maj", "nl_live_BeschikbaarheidEnTarieven2026V3",
        "data_export_CustomerInvoicesJanuary2026Part2", "GET_api_ListAllPropertiesByOwnerId2", "svc_live_GetAllApiKeyIdsForUser2026",
        "Schlüssel für die Schnittstelle der Hausverwaltung Müller & Söhne GmbH (Berlin), Standort 2, gültig bis 2027-01-31",
        "不動産ポータル連携用の本番キー（東京・大阪・名古屋の全店舗で使用、2026年4月から）", "Ключ для синхронизации объявлений с порталом недвижимости, отдел продаж № 2",
        "مفتاح مزامنة العقارات مع البوابة الرئيسية لمكتب الرياض وجدة", "키 관리 시스템과 부동산 목록 동기화를 위한 운영 환경 키입니다 (2026)",
        "01890a5d-ac96-774b-bcce-b302099a8057, 0190b5c2-a3f1-7d3e-8c4b-5a6978695a4b, 0190b5c2-a3f1-7d3e-8c4b-5a6978695a4c",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a089f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "deploy da39a3ee5e6b4b0d3255bfef95601890afd80709..9c1185a5c5e9fc54612808977ee8f548b2258d31 2026-11-29T13:08:09.123456+01:00",
        "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
        "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
        "cs_test_a11YYufWQzNY63zpQ6QSNRQhkUpVph4WRmzW0zWJO2znZKdVujZ0N0S22u", "pi_3MtwBwLkdIwHu7ix28a3tqPa",
        "arn:aws:iam::123456789012:role/KeyledgerProductionRole2026", "projects/my-project-42/secrets/KeyledgerServiceKey/versions/7",
        "IMG_20260101_123456789_HDR_PANORAMA.jpg", "Screenshot_2026-11-29_at_13.08.09_MacBook_Pro.png",
        "listings:read:account:0190b5c2a3f17d3e8c4b5a6978695a4b:region:eu-central-1:channel:booking.com:property:*",
        "price_update_nightly_batch_v2_2026_11_29_final_FINAL2", "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu1SU1LfVLPHCozMxH2Mo",
        "Q1Q2Q3Q4 2025 Umsatzberichte &amp; Prognosen = 100% \\ (vorläufig)",
        "C:\\Users\\Anna\\Documents\\Reports\\QuarterlyReport2025Final.xlsx",
        "0 0 * * 1-5 /usr/local/bin/sync --account=acme --since=2026-11-01T00:00:00Z --until=2026-11-30T23:59:59Z",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl anna@example.com",
        "d3:4a:1f:00:9c:11:85:a5:c5:e9:fc:54:61:28:08:97:7e:e8:f5:48:b2:25:8d:31:da:39:a3:ee:5e:6b:4b:0d:32:55:bf:ef:95:60:18:90:af:d8",
    ])
    func namesPass(_ name: String) {
        #expect(MisplacedSecret(in: name) == nil)
        #expect(MisplacedSecret(in: name.replacing(" ", with: "%20")) == nil)
    }

    private static let words =
        "quarterly report final listing property sync channel manager booking hotel guest room rate update import export weekly integration partner account webhook mobile staging backend service worker internal external release candidate live image photo upload agent broker office branch north berlin london madrid strasse immobilien wohnung haus verwaltung schnittstelle produktion anwendung kunden nummer rechnung propiedad cuenta clave gestion alquiler ventas appartement propriete location vente compte logement nieruchomosci klucz konto sprzedaz wynajem chiave conto affitto vendita beschikbaarheid tarieven huis lokaal sleutel"
        .split(separator: " ").map(String.init)

    /// Words joined as people join them, with numbers, years and versions among them.
    @Test func namesOfWordsPass() {
        withSeed { generator in
            for _ in 0..<3_000 {
                var name = ""
                while name.utf8.count < 20 {
                    let word = generator.pick(Self.words)
                    switch Int.random(in: 0..<10, using: &generator) {
                    case 0: name += String(generator.pick([1, 2, 10, 42, 2024, 2025, 2026]))
                    case 1: name += "V" + String(Int.random(in: 1...9, using: &generator)) + word.capitalized
                    default: name += word.capitalized
                    }
                }
                let text =
                    "\(generator.pick(["my", "crm", "sales", "pms"]))_\(generator.pick(["team", "live", "test", "emea2"]))_\(name.prefix(60))"
                #expect(MisplacedSecret(in: text) == nil, "\(text)")
            }
        }
    }

    /// The longer what is left of a secret, the fewer are missed; with all of the random part, none.
    @Test(arguments: [(20, 0.7), (30, 0.93), (36, 0.97), (42, 0.99), (43, 0.995), (48, 0.995)])
    func cutSecretsAreFound(_ length: Int, _ share: Double) throws {
        let format = try #require(SecretFormat(prefix: "lhql"))
        withSeed { generator in
            var found = 0
            for _ in 0..<1_000 {
                let secret = format.make(environment: "live") { UInt8.random(in: 0...255, using: &generator) }.reveal()
                let isFound = MisplacedSecret(in: String(secret.prefix(10 + length))) != nil
                if isFound { found += 1 }
            }
            #expect(Double(found) >= share * 1_000, "\(found)")
        }
    }
}

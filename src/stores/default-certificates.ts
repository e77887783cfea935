/** A certificate whose private key is shipped to everybody. */
export type DefaultCertificate = {
  /** SHA-256 of the certificate, hex digits. */
  readonly sha256: string;
  /** "Ballerina's example key (ballerinaKeystore.p12)" */
  readonly about: string;
};

const known = (fingerprint: string, about: string): DefaultCertificate => ({
  sha256: fingerprint.replaceAll(":", "").toLowerCase(),
  about,
});

/** Computed with keytool and OpenSSL from the public repositories of ballerina-platform and wso2. */
export const defaultCertificates: readonly DefaultCertificate[] = [
  known(
    "52:9C:24:33:BF:19:B2:FD:D5:C5:6F:44:20:E8:77:11:96:4A:01:77:E6:10:E3:74:78:89:45:FA:65:FD:26:63",
    "Ballerina's example key (ballerinaKeystore.p12)",
  ),
  known(
    "15:81:7D:89:8D:13:3A:86:E5:E8:C8:DF:E1:33:21:51:07:64:F1:9C:3E:01:3D:36:91:26:D0:8D:53:CB:27:4F",
    "the test key of Ballerina's http module (public.crt)",
  ),
  known(
    "1D:72:9F:B8:C4:68:EA:D8:20:A2:A0:BE:4A:DB:8F:BA:BE:D9:AB:1B:A1:26:C9:D2:14:66:C5:70:6E:8E:4D:30",
    "WSO2's default key of 2010 (wso2carbon)",
  ),
  known(
    "50:F0:ED:A5:89:8A:F3:A1:15:C2:C5:08:19:49:56:E7:E1:14:FE:23:47:43:E9:D2:2F:70:9A:E7:CB:80:1B:BD",
    "WSO2's default key of 2017 (wso2carbon)",
  ),
  known(
    "1B:24:29:B1:6E:F5:83:01:B7:4F:F1:62:53:65:5A:E8:55:37:E3:A5:BF:D1:59:08:5A:5A:8E:23:E5:A3:B2:2A",
    "WSO2's default key of 2023 (wso2carbon)",
  ),
  known(
    "80:F1:54:F2:C8:2D:4F:5E:8F:B9:6A:63:74:CC:23:10:EB:14:1B:DC:B1:68:78:7C:AD:9E:FA:5B:44:07:F3:85",
    "WSO2's default key of 2024 (wso2carbon)",
  ),
  known(
    "BB:25:8C:B4:2B:8F:A7:11:29:6E:A4:59:8B:ED:89:C8:F4:45:95:7F:BB:8F:B2:16:BD:A9:9C:63:DF:64:D0:B9",
    "the default key of the ICP 1 dashboard (dashboard.jks)",
  ),
];

/** SHA-256 of a subjectPublicKeyInfo, hex digits: the same public key under a certificate made anew is no better. */
const defaultKeys: Readonly<Record<string, string>> = {
  "5735b2f58c3e8ad33757a698b45593ef68c1212dba62dcce8b914ea8b8922229": "Ballerina's example key (ballerinaKeystore.p12)",
};

const byFingerprint = new Map(defaultCertificates.map((certificate) => [certificate.sha256, certificate]));

/** Which known certificate that is. `sha256`: of the whole certificate, hex digits, with or without colons. */
export const defaultCertificate = (sha256: string): DefaultCertificate | undefined =>
  byFingerprint.get(sha256.replaceAll(":", "").toLowerCase());

/** What is known about a certificate's key: by its fingerprint, by its public key, or because it names itself so. */
export const defaultKey = (certificate: {
  readonly sha256: string;
  readonly spkiSha256: string;
  readonly subject: string;
}): string | undefined =>
  defaultCertificate(certificate.sha256)?.about ??
  defaultKeys[certificate.spkiSha256] ??
  (/(?:^|, )CN=localhost(?:,|$)/u.test(certificate.subject) && /(?:^|, )O=WSO2(?:,|$)/iu.test(certificate.subject)
    ? "a certificate of WSO2's for localhost, as products ship it"
    : undefined);

/** SHA-256 of whole files that are shipped to everybody, hex digits. */
export const defaultStoreFiles: Readonly<Record<string, string>> = {
  "7467a7e283e620137bc0705bcd6fb9b0aabfa3012f1809d3247d56b4810c547f": "ballerinaKeystore.p12 of the distribution",
  f5518cd0b01bef094169620fb36cba5b369370c918ff8063332bdc9b4a818d4e: "ballerinaTruststore.p12 of the distribution",
  "041745e8ebbc6889cd49a96531484089e5e40f6f1f3ae3d302bed28d594c581c": "ballerinaTruststore.p12 of the distribution",
};

import type { Step } from "../../../src/model/step.ts";
import { generateTls } from "./generate.ts";
import { questions } from "./questions.ts";
import { tlsAgreement } from "./tls-agreement.ts";
import { tlsCertificateServed } from "./tls-certificate-served.ts";
import { tlsCiphers } from "./tls-ciphers.ts";
import { tlsDatabases } from "./tls-databases.ts";
import { tlsJava } from "./tls-java.ts";
import { tlsKeyExchange } from "./tls-key-exchange.ts";
import { tlsProtocols } from "./tls-protocols.ts";
import { tlsReviewAge } from "./tls-review-age.ts";
import { tlsSystemPolicy } from "./tls-system-policy.ts";

export const tls: Step = {
  id: "tls",
  category: "runtime",
  title: "TLS",
  intro: "What every service here really agrees on with its clients, and one guideline for all of them.",
  questions,
  controls: [
    tlsProtocols,
    tlsCiphers,
    tlsKeyExchange,
    tlsCertificateServed,
    tlsJava,
    tlsDatabases,
    tlsSystemPolicy,
    tlsAgreement,
    tlsReviewAge,
  ],
  generate: generateTls,
};

import { template } from "../../../src/embedded/templates.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import type { RenderedFile } from "../../../src/model/step.ts";
import { watchScript, watchService, watchTimer } from "../../../src/probes/stores.ts";
import { serviceUserName } from "../../os/service-user/questions.ts";
import { storesDays, storesKeyType, storesNamesWanted, storesSubject } from "./questions.ts";
import { placesOf } from "./repair.ts";
import { requestConfiguration } from "./request.ts";
import { watchScriptContent, watchServiceContent, watchTimerContent } from "./watch.ts";

const keyWords = {
  "rsa-3072": "-algorithm RSA -pkeyopt rsa_keygen_bits:3072",
  "ec-p256": "-algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:named_curve",
} as const;

/** The procedure as a program of a page, for a server that is not reached from here: account names and key kinds are checked words. */
export const generateStores = (answers: AnswerReader): readonly RenderedFile[] => {
  const name = answers.get(serviceUserName) || "integration";
  const places = placesOf(name);
  const names = answers
    .get(storesNamesWanted)
    .map((entry) => entry.replace(/^[^=]*=/u, ""))
    .filter((entry) => entry !== "");
  const program = template("runtime/stores/make-key-store")
    .replaceAll("{{folder}}", places.folder)
    .replaceAll("{{group}}", name)
    .replaceAll("{{key}}", keyWords[answers.get(storesKeyType)]);
  return [
    {
      path: `${places.folder}/make-key-store`,
      content: program,
      mode: "0700",
      about: "Makes key, request, key store and truststore with random passwords: sh make-key-store tells how.",
    },
    {
      path: places.requestConfiguration,
      content: requestConfiguration(answers.get(storesSubject), names.length > 0 ? names : ["localhost"]),
      mode: "0644",
      about: "Whom the certificate names: make-key-store reads it from its own folder.",
    },
    {
      path: watchScript,
      content: watchScriptContent(),
      mode: "0755",
      about: "Names certificates that soon expire: the service below runs it.",
    },
    {
      path: watchService,
      content: watchServiceContent([places.certificate], answers.get(storesDays)),
      mode: "0644",
      about: "Looks at the certificate in force, without any rights.",
    },
    {
      path: watchTimer,
      content: watchTimerContent(),
      mode: "0644",
      about: "Every day: systemctl daemon-reload && systemctl enable --now drawbridge-certificate-expiry.timer.",
    },
  ];
};

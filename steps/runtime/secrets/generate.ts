import { template } from "../../../src/embedded/templates.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import type { RenderedFile } from "../../../src/model/step.ts";
import { secretsPlace } from "./questions.ts";

const file = (path: string, source: string, about: string, mode = "0644"): RenderedFile => ({
  path,
  content: template(source),
  mode,
  about,
});

const wiringFor = (place: "encrypted" | "credential" | "file"): readonly [source: string, about: string] => {
  switch (place) {
    case "encrypted":
      return [
        "runtime/secrets/credential-encrypted.conf",
        "Hands the secrets to the service as a credential that is encrypted on the disk, and says how to make it.",
      ];
    case "credential":
      return [
        "runtime/secrets/credential.conf",
        "Hands the secrets to the service as a credential; systemctl daemon-reload and a restart make it count.",
      ];
    case "file":
      return [
        "runtime/secrets/file.conf",
        "Lists the file of secrets before the rest of the configuration; systemctl daemon-reload and a restart make it count.",
      ];
  }
};

/** What a host without an integration, a cluster or a secret manager gets: placeholders, never a value. */
export const generateSecretFiles = (answers: AnswerReader): readonly RenderedFile[] => [
  file("/etc/systemd/system/integration.service.d/50-secrets.conf", ...wiringFor(answers.get(secretsPlace))),
  file(
    "/etc/integrations/integration.secrets.toml.example",
    "runtime/secrets/secrets.toml",
    "What the file of secrets looks like; fill it in on the server, with mode 0640 and the group of the service.",
    "0640",
  ),
  file(
    "/kubernetes/secret.yaml",
    "runtime/secrets/kubernetes.yaml",
    "A Secret and how a Deployment mounts it read-only; create the Secret from a file, never commit it.",
  ),
  file(
    "/kubernetes/external-secret.yaml",
    "runtime/secrets/external-secret.yaml",
    "The same Secret filled by External Secrets from Vault or AWS Secrets Manager.",
  ),
  file(
    "/etc/vault-agent.d/integration.hcl",
    "runtime/secrets/vault-agent.hcl",
    "Vault agent writes the file of secrets and restarts the service when one changes.",
    "0640",
  ),
  file(
    "/etc/integrations/fetch-from-aws",
    "runtime/secrets/fetch-from-aws",
    "Fetches the file of secrets from AWS Secrets Manager before the service starts, with the instance's role.",
    "0755",
  ),
];

import { answerReader } from "../../../src/core/answers.ts";
import { steps } from "../../../steps/index.ts";
import { type ByHand, type Deed, sh } from "./flaw.ts";

/** What `drawbridge generate` writes: a person who takes it has mended what was found. */
const generated = new Map(
  steps.flatMap((step) =>
    (step.generate?.(answerReader(new Map(), {})) ?? []).map(({ path, content }) => [path, content] as const),
  ),
);
const asGenerated = (path: string): string => {
  const content = generated.get(path);
  if (content === undefined) throw new Error(`generate writes no ${path}: name another in test/lab/proof`);
  return content;
};

const place = "/srv/shop";
const digest = `sha256:${"5f".repeat(32)}`;

const badDockerfile = `FROM ballerina/jvm-runtime:latest
ENV DB_PASSWORD=proof-dockerfile-8812
COPY Config.toml /home/ballerina/Config.toml
USER root
`;

const badCompose = `services:
  shop:
    image: acme/shop:latest
    user: root
    environment:
      DB_PASSWORD: proof-compose-7721
    ports: ["9090:9090"]
    volumes:
      - /var/run/docker.sock:/var/run/docker.sock
      - ./Config.toml:/home/ballerina/Config.toml
`;

const badManifests = `apiVersion: v1
kind: Secret
metadata: { name: shop }
stringData: { secrets.toml: "dbPassword = 'proof-manifest-3391'" }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: shop }
data: { Config.toml: 'dbPassword = "proof-map-2207"' }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  replicas: 1
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec:
      hostNetwork: true
      containers:
        - name: shop
          image: acme/shop:latest
          volumeMounts: [{ name: secrets, mountPath: /home/ballerina/secrets }]
      volumes: [{ name: secrets, secret: { secretName: shop } }]
`;

const base = "/repository/deploy/kubernetes/base";
const goodManifests = (): string =>
  ["service-account", "deployment", "network-policy", "disruption-budget"]
    .map((name) => asGenerated(`${base}/${name}.yaml`))
    .join("---\n")
    // What kustomize does with it.
    .replaceAll("registry.example.internal/integration", `registry.example.internal/integration@${digest}`);

/** As docker save writes it: one layer with these files, and the user that the image names. */
const savedImage = (path: string, user: string, files: Readonly<Record<string, string>>): Deed =>
  sh(`work=$(mktemp -d); cd "$work"; mkdir layer 1
${Object.entries(files)
  .map(([name, content]) => `mkdir -p "layer/$(dirname ${name})"; printf '%s\\n' '${content}' > layer/${name}`)
  .join("\n")}
tar -C layer -cf 1/layer.tar .
printf '%s' '{"config":{"User":"${user}","Env":["PATH=/bin"]},"history":[]}' > config.json
printf '%s' '[{"Config":"config.json","RepoTags":["acme/shop:1"],"Layers":["1/layer.tar"]}]' > manifest.json
mkdir -p "$(dirname ${path})"; tar -cf ${path} config.json manifest.json 1/layer.tar; cd /; rm -rf "$work"`);

/** A repository of one commit after the other: each a list of files, of which `undefined` ones go. */
const repository = (commits: readonly Readonly<Record<string, string | undefined>>[]): Deed =>
  sh(`rm -rf /srv/orders; mkdir -p /srv/orders; cd /srv/orders
export GIT_AUTHOR_NAME=dev GIT_AUTHOR_EMAIL=dev@example.com GIT_COMMITTER_NAME=dev GIT_COMMITTER_EMAIL=dev@example.com HOME=/root
git init -q -b main .
${commits
  .map((files, index) =>
    [
      ...Object.entries(files).map(([name, content]) =>
        content === undefined
          ? `git rm -q ${name}`
          : `mkdir -p "$(dirname ${name})"; cat > ${name} <<'END_OF_FILE'\n${content}\nEND_OF_FILE`,
      ),
      `git add -A -f; git commit -qm ${index}`,
    ].join("\n"),
  )
  .join("\n")}`);

const badRepository = repository([
  {
    "Config.toml": 'dbPassword = "proof-git-deleted-5531"',
    "main.bal": 'string apiKey = "proof-git-code-1187";',
    ".github/workflows/build.yml":
      "on: push\njobs:\n  build:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/checkout@v4",
  },
  { "old.properties": "db.password=proof-git-old-9902" },
  { "old.properties": undefined },
]);
const goodRepository = (): Deed =>
  repository([
    {
      "main.bal": "configurable string apiKey = ?;",
      ".gitignore": asGenerated("/repository/.gitignore"),
      ".github/workflows/build.yml":
        "on: push\njobs:\n  build:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2",
    },
  ]);

const file = (name: string, content: string): Deed => ({ file: `${place}/${name}`, content });

const image = "/srv/images/shop.tar";

const answers = {
  "workload.expected": true,
  "repository.paths": ["/srv/orders"],
  "containers.files": [place],
  "containers.images": [image],
  "kubernetes.manifests": [`${place}/manifests.yaml`],
};

const several = (controls: readonly string[], flaw: readonly Deed[], mend: readonly Deed[]): readonly ByHand[] =>
  controls.map((control, index) => ({
    control,
    answers,
    ...(index === 0 ? { flaw, mend } : { flaw: [], mend: [] }),
  }));

export const configurationByHand: readonly ByHand[] = [
  ...several(
    ["dockerfile-configuration", "dockerfile-secrets", "dockerfile-user", "dockerfile-base"],
    [file("Config.toml", 'dbHost = "db"\n'), file("Dockerfile", badDockerfile)],
    [
      file(
        "Dockerfile",
        asGenerated("/repository/Dockerfile")
          .replace("ARG BASE_IMAGE\n", "")
          .replace(/\$\{BASE_IMAGE\}/u, `ballerina/jvm-runtime:3.1@${digest}`),
      ),
      file(".dockerignore", asGenerated("/repository/.dockerignore")),
    ],
  ),
  ...several(
    [
      "compose-isolation",
      "compose-environment",
      "compose-user",
      "compose-mounts",
      "compose-images",
      "compose-ports",
      "compose-privileges",
      "compose-limits",
    ],
    [file("compose.yaml", badCompose)],
    [file("compose.yaml", asGenerated("/repository/deploy/compose/compose.yaml"))],
  ),
  ...several(
    ["image-secrets", "image-configuration", "image-user"],
    [savedImage(image, "", { "home/ballerina/Config.toml": 'dbPassword = "proof-image-6644"' })],
    [savedImage(image, "10014:10014", { "opt/program/program.jar": "no secret" })],
  ),
  ...several(
    [
      "kubernetes-secrets",
      "kubernetes-isolation",
      "kubernetes-configuration",
      "kubernetes-user",
      "kubernetes-privileges",
      "kubernetes-mounts",
      "kubernetes-network",
      "kubernetes-service-account",
      "kubernetes-images",
      "kubernetes-availability",
      "kubernetes-resources",
    ],
    [file("manifests.yaml", badManifests)],
    [file("manifests.yaml", goodManifests())],
  ),
  ...several(
    [
      "repository-secrets",
      "repository-history",
      "repository-configuration",
      "repository-ignore",
      "delivery-actions-pinned",
    ],
    [badRepository],
    [goodRepository()],
  ),
];

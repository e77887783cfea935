/**
 * CF-03, CF-05: the generated Dockerfile is built by a real builder (buildah), nothing but the program gets into the image, and the
 * inspection finds what is wrong with an image in the archives that builders of today write.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { document, drawbridgeOver, type InspectionDocument } from "./drawbridge.ts";
import { type Lab, labOrSkip, openLab, run, type Server } from "./harness/index.ts";
import { mark, marksIn } from "./workload/index.ts";

const reason = labOrSkip();
const note = reason === undefined ? "" : ` (skipped: ${reason})`;

const base = "docker.io/ballerina/jvm-runtime:3.1";
const good = "registry.example.internal/orders";
const bad = "registry.example.internal/careless";

/** An empty root under the name that the Dockerfile's comment gives as an example: no registry of images can be asked. */
const makeBase = `
install -d /root/base/home/ballerina
container=$(buildah from scratch)
buildah add --quiet "$container" /root/base /
buildah config --user ballerina "$container"
buildah commit --quiet --rm "$container" ${base}
`;

/** As somebody writes it who has never been told: a layer deletes nothing, and a value of a build is kept. */
const careless = `ARG BASE_IMAGE
FROM \${BASE_IMAGE}
ENV DB_PASSWORD=${mark("built-variable")}
COPY . /home/ballerina/
COPY empty /home/ballerina/Config.toml
USER root
`;

describe.skipIf(reason !== undefined)(`images that are built${note}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "drawbridge-built-images-"));
  let lab: Lab;
  let server: Server;
  let digest = "";
  const build = (image: string, context: string, ...words: readonly string[]) =>
    server.exec(["buildah", "build", "--pull-never", "--isolation=chroot", ...words, "--tag", `${image}:1`, context]);
  const built = async (...words: Parameters<typeof build>) => {
    const { exitCode, stderr } = await build(...words);
    expect(exitCode, stderr).toBe(0);
  };
  const save = async (image: string, form: "docker" | "oci", file: string) => {
    await server.must(["buildah", "push", "--quiet", `${image}:1`, `${form}-archive:/srv/images/${file}:${image}:1`]);
  };

  beforeAll(async () => {
    const written = await run([process.execPath, "src/cli.ts", "generate", folder, "--set", "workload.name=orders"]);
    expect(written.exitCode, written.stderr).toBe(0);
    lab = await openLab();
    server = await lab.server({ release: "bookworm", flavour: "images" });
    await server.must(["mkdir", "-p", "/srv/orders/target/bin", "/srv/careless", "/srv/everything", "/srv/images"]);
    for (const name of ["Dockerfile", ".dockerignore"])
      await server.copyIn(join(folder, "repository", name), `/srv/orders/${name}`);
    const jar = /target\/bin\/(\S+\.jar)/u.exec(readFileSync(join(folder, "repository/Dockerfile"), "utf8"))?.[1];
    await server.writeFile(`/srv/orders/target/bin/${jar}`, "a program");
    for (const path of ["orders", "careless"]) {
      await server.writeFile(`/srv/${path}/Config.toml`, `dbPassword = "${mark("built-config")}"\n`);
      await server.writeFile(`/srv/${path}/.env`, `API_TOKEN=${mark("built-env")}\n`);
    }
    await server.writeFile("/srv/careless/Dockerfile", careless);
    await server.writeFile("/srv/careless/empty", "");
    await server.must(["sh", "-euc", makeBase]);
    digest = (await server.must(["buildah", "inspect", "--type=image", "--format={{.FromImageDigest}}", base])).trim();
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/u);
  });
  afterAll(async () => {
    await lab?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("come from the generated Dockerfile, when it is told the digest of its base as its comment says", async () => {
    await built(good, "/srv/orders", `--build-arg=BASE_IMAGE=${base.replace("docker.io/", "")}@${digest}`);
    const described = JSON.parse(await server.must(["buildah", "inspect", "--type=image", `${good}:1`]));
    const image = described.OCIv1.config;
    expect(image).toMatchObject({ User: "10014:10014", WorkingDir: "/opt/integration" });
    expect(image.Entrypoint.slice(-2)).toEqual(["-jar", "/opt/integration/program.jar"]);
  });

  test("do not come from it without a base, nor from a base that is another one than was named", async () => {
    expect((await build("x", "/srv/orders")).exitCode).not.toBe(0);
    const other = `${base}@sha256:${"0".repeat(64)}`;
    expect((await build("x", "/srv/orders", `--build-arg=BASE_IMAGE=${other}`)).exitCode).not.toBe(0);
  });

  test("hold the program alone, for everybody to read and for nobody to write; .dockerignore lets nothing else in", async () => {
    // Everything that a build can see, by the same .dockerignore.
    await server.writeFile("/srv/everything/Dockerfile", "FROM scratch\nCOPY . /\n");
    await built("everything", "/srv/orders", "--file=/srv/everything/Dockerfile");
    const listed = async (image: string) =>
      server.must([
        "sh",
        "-euc",
        'container=$(buildah from --pull-never "$1"); cd "$(buildah mount "$container")"; find . -type f -printf "%m %U:%G %p\\n"; buildah rm "$container" >/dev/null',
        "sh",
        `${image}:1`,
      ]);
    expect(await listed(good)).toBe("444 0:0 ./opt/integration/program.jar\n");
    expect(await listed("everything")).toMatch(/^644 0:0 \.\/target\/bin\/\S+\.jar\n$/u);
  });

  test("are looked into as builders save them: nothing in the good one, everything in the careless one", async () => {
    await built(bad, "/srv/careless", "--layers", `--build-arg=BASE_IMAGE=${base}`);
    const files = ["good.tar", "good-oci.tar", "bad.tar", "bad-oci.tar"].map((name) => `/srv/images/${name}`);
    await save(good, "docker", "good.tar");
    await save(good, "oci", "good-oci.tar");
    await save(bad, "docker", "bad.tar");
    await save(bad, "oci", "bad-oci.tar");
    const inspected = await drawbridgeOver(lab, server)(
      "inspect",
      ...["--step", "containers", "--format", "json"],
      ...["--set", "workload.expected=true", "--set", `containers.images=${files.join(",")}`],
      ...["--set", "containers.files=/srv/orders"],
    );
    expect(marksIn(inspected.stdout + inspected.stderr)).toEqual([]);
    const { findings } = document<InspectionDocument>(inspected);
    const answered = (id: string) =>
      Object.fromEntries(
        (
          findings.find(({ controlId }) => controlId === id) as unknown as {
            evidence: { asked: string; answered: string }[];
          }
        ).evidence.map(({ asked, answered: said }) => [asked, said.split("\n")]),
      );
    const of = (image: string, file: string) => `${image}:1 in /srv/images/${file}`;
    const twice = (image: string, name: string, said: readonly string[]) => ({
      [of(image, `${name}.tar`)]: said,
      [of(image, `${name}-oci.tar`)]: said,
    });
    expect(answered("image-configuration")).toEqual({
      ...twice(good, "good", ["no Config.toml in any layer"]),
      ...twice(bad, "bad", [
        "layer 2: home/ballerina/Config.toml, taken away by a later layer and still delivered",
        "layer 3: home/ballerina/Config.toml",
      ]),
    });
    expect(answered("image-user")).toEqual({
      ...twice(good, "good", ["runs as another user than root"]),
      ...twice(bad, "bad", ["runs as root"]),
    });
    const secrets = answered("image-secrets");
    expect(secrets).toMatchObject(twice(good, "good", ["no key and no secret in what was read"]));
    for (const file of ["bad.tar", "bad-oci.tar"])
      expect(secrets[of(bad, file)]).toEqual(
        expect.arrayContaining([
          "environment DB_PASSWORD",
          "layer 2: home/ballerina/.env (API_TOKEN)",
          "layer 2: home/ballerina/Config.toml (dbPassword), taken away by a later layer and still delivered",
        ]),
      );
    for (const id of ["dockerfile-configuration", "dockerfile-secrets", "dockerfile-user", "dockerfile-base"])
      expect([id, findings.find(({ controlId }) => controlId === id)?.result]).toEqual([id, "pass"]);
  });
});

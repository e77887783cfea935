import { expect, test } from "vitest";
import { type ArchiveMember, imagesIn, suspectFiles, unreadLayers } from "../../src/containers/image.ts";

const member = (name: string, over: Partial<ArchiveMember> = {}): ArchiveMember => ({
  name,
  size: 20_000,
  json: undefined,
  entries: [],
  total: 1,
  cut: false,
  ...over,
});
const layer = (name: string, ...names: string[]) =>
  member(name, { entries: names.map((path) => ({ type: "-", size: 1, name: path })) });
const archive = (...layers: ArchiveMember[]) => [
  member("manifest.json", {
    json: JSON.stringify([{ Config: "c.json", RepoTags: ["a:1"], Layers: layers.map(({ name }) => name) }]),
  }),
  member("c.json", { json: JSON.stringify({ config: { User: "10014" } }) }),
  ...layers,
];
const files = (...layers: ArchiveMember[]) => {
  const members = archive(...layers);
  const [image] = imagesIn(members);
  if (image === undefined) throw new Error("no image");
  return suspectFiles(image, members).map(({ position, path, hidden }) => [position, path, hidden]);
};

test.each([
  ["nothing above it", ["b/.wh.x"], false],
  ["its whiteout", ["a/.wh.Config.toml"], true],
  ["the whiteout of its folder", [".wh.a"], true],
  ["an opaque folder", ["a/.wh..wh..opq"], true],
  ["the same path again", ["./a/Config.toml"], true],
])("a file in a lower layer counts, with %s", (_name, above, hidden) => {
  expect(files(layer("1", "./a/Config.toml"), layer("2", ...above))[0]).toEqual([1, "a/Config.toml", hidden]);
});

test("a whiteout in a lower layer hides nothing above it", () => {
  expect(files(layer("1", "a/.wh.Config.toml"), layer("2", "a/Config.toml"))).toEqual([[2, "a/Config.toml", false]]);
});

test("layers that cannot be read are said", () => {
  const members = archive(member("1", { total: 0 }), member("2", { cut: true })).filter(({ name }) => name !== "3");
  const [image] = imagesIn(members);
  expect(image && unreadLayers({ ...image, layers: ["1", "2", "3"] }, members)).toEqual([
    "layer 1 is packed in a way that is not read",
    "layer 2 has more files worth a look than are listed",
    "layer 3 is not in the archive",
  ]);
});

test("an index that names itself ends, and attestations are no images", () => {
  const index = (digest: string) =>
    JSON.stringify({ manifests: [{ digest }, { digest: "sha256:bb" }, { digest: "sha256:cc" }] });
  const image = (mediaType: string) =>
    JSON.stringify({ config: { digest: "sha256:dd" }, layers: [{ digest: "sha256:ee", mediaType }] });
  const found = imagesIn([
    member("index.json", { json: index("sha256:aa") }),
    member("blobs/sha256/aa", { json: index("sha256:aa") }),
    member("blobs/sha256/bb", { json: image("application/vnd.in-toto+json") }),
    member("blobs/sha256/cc", { json: image("application/vnd.oci.image.layer.v1.tar+gzip") }),
  ]);
  expect(found.map(({ name, user, layers }) => [name, user, layers])).toEqual([["dd", "", ["blobs/sha256/ee"]]]);
});

test("documents that are something else make no image", () => {
  for (const json of ["", "[]", "{}", "null", '[{"Config":1}]', '{"manifests":[{"digest":"../../etc/passwd"}]}'])
    expect(imagesIn([member("manifest.json", { json }), member("index.json", { json })])).toEqual([]);
});

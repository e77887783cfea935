import { z } from "zod";
import { parseJson } from "../core/parse-json.ts";
import { isSecretKey, looksLikeSecret, maskText } from "../workload/secrecy.ts";
import { isConfigurationName, isSecretFileName } from "./dockerfile.ts";

/**
 * A saved image, without an engine: the archive of `docker save` (manifest.json) or an OCI layout (index.json), each of whose
 * layers is an archive again. https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 */

/** A file of a layer, of those whose names are worth a look. */
export type LayerEntry = {
  /** As tar prints it: "-" a file, "d", "l", "h". */
  readonly type: string;
  /** Bytes. */
  readonly size: number;
  /** As stored, "./" included. */
  readonly name: string;
};

/** A member of the archive: a document, or a layer. */
export type ArchiveMember = {
  readonly name: string;
  readonly size: number;
  readonly json: string | undefined;
  readonly entries: readonly LayerEntry[];
  /** Entries that the layer has at all; 0: it is no archive that can be read. */
  readonly total: number;
  /** More names were worth a look than are listed. */
  readonly cut: boolean;
};

export type SavedImage = {
  /** "registry/orders:1.2", else the short id of its configuration. */
  readonly name: string;
  /** User of the configuration; empty: root. */
  readonly user: string;
  readonly environment: readonly string[];
  /** `created_by` of its history. */
  readonly history: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Member names of its layers, the lowest first. */
  readonly layers: readonly string[];
};

const configuration = z.object({
  config: z
    .object({
      User: z.string().nullish(),
      Env: z.array(z.string()).nullish(),
      Labels: z.record(z.string(), z.string()).nullish(),
    })
    .nullish(),
  history: z.array(z.object({ created_by: z.string().optional() })).nullish(),
});
const dockerManifest = z.array(
  z.object({ Config: z.string(), RepoTags: z.array(z.string()).nullish(), Layers: z.array(z.string()) }),
);
const descriptor = z.object({
  digest: z.string().regex(/^[a-z0-9]+:[0-9a-f]+$/u),
  mediaType: z.string().optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});
const index = z.object({ manifests: z.array(descriptor) });
const manifest = z.object({ config: descriptor, layers: z.array(descriptor) });

const blobOf = (digest: string): string => `blobs/${digest.replace(":", "/")}`;
const plain = (name: string): string => name.replace(/^(?:\.?\/)+/u, "");

export const imagesIn = (members: readonly ArchiveMember[]): readonly SavedImage[] => {
  const documents = new Map(members.flatMap(({ name, json }) => (json === undefined ? [] : [[plain(name), json]])));
  const read = <T>(schema: z.ZodType<T>, name: string): T | undefined => {
    const parsed = schema.safeParse(parseJson(documents.get(name) ?? ""));
    return parsed.success ? parsed.data : undefined;
  };
  const image = (name: string | undefined, config: string, layers: readonly string[]): SavedImage => {
    const given = read(configuration, config);
    return {
      name: name ?? config.replace(/^.*\//u, "").slice(0, 12),
      user: given?.config?.User ?? "",
      environment: given?.config?.Env ?? [],
      labels: given?.config?.Labels ?? {},
      history: (given?.history ?? []).flatMap(({ created_by: by }) => by ?? []),
      layers,
    };
  };
  const saved = read(dockerManifest, "manifest.json");
  if (saved !== undefined && saved.length > 0) {
    return saved.map(({ Config, RepoTags, Layers }) => image(RepoTags?.[0], plain(Config), Layers.map(plain)));
  }
  const seen = new Set<string>();
  const below = (name: string, called: string | undefined): readonly SavedImage[] => {
    if (seen.has(name) || seen.size > 100) return [];
    seen.add(name);
    const many = read(index, name);
    if (many !== undefined) {
      return many.manifests.flatMap(({ digest, annotations }) =>
        below(blobOf(digest), annotations?.["org.opencontainers.image.ref.name"] ?? called),
      );
    }
    const one = read(manifest, name);
    // Provenance and SBOM are kept as images as well; their layers are no file systems.
    if (one === undefined || one.layers.some(({ mediaType = "" }) => mediaType.includes("in-toto"))) return [];
    return [
      image(
        called,
        blobOf(one.config.digest),
        one.layers.map(({ digest }) => blobOf(digest)),
      ),
    ];
  };
  return below("index.json", undefined);
};

/** A file in a layer that holds, or may hold, what does not belong into an image. */
export type SuspectFile = {
  readonly layer: string;
  /** From 1, the lowest first. */
  readonly position: number;
  readonly entry: LayerEntry;
  /** Without "./". */
  readonly path: string;
  /** A later layer deletes or replaces it: it is still in the archive. */
  readonly hidden: boolean;
};

/** Every file worth a look, in every layer: what a later layer deletes is still delivered. */
export const suspectFiles = ({ layers }: SavedImage, members: readonly ArchiveMember[]): readonly SuspectFile[] => {
  const byName = new Map(members.map((member) => [plain(member.name), member]));
  const entriesOf = (layer: string) => byName.get(layer)?.entries ?? [];
  return layers.flatMap((layer, position) =>
    entriesOf(layer)
      .filter(({ type, name }) => type === "-" && !/(?:^|\/)\.wh\./u.test(name))
      .map((entry) => {
        const path = plain(entry.name);
        const hidden = layers
          .slice(position + 1)
          .some((later) => entriesOf(later).some(({ name }) => hides(plain(name), path)));
        return { layer, position: position + 1, entry, path, hidden };
      }),
  );
};

/** Whether an entry of a later layer takes a path away: itself again, its whiteout, or that of a folder above it. */
const hides = (later: string, path: string): boolean => {
  if (later === path) return true;
  const match = /^(.*\/)?\.wh\.(.+)$/u.exec(later);
  if (match === null) return false;
  const [, folder = "", name = ""] = match;
  if (name === ".wh..opq") return path.startsWith(folder);
  return path === `${folder}${name}` || path.startsWith(`${folder}${name}/`);
};

/** Layers that no reader could open, and lists that were cut. */
export const unreadLayers = ({ layers }: SavedImage, members: readonly ArchiveMember[]): readonly string[] => {
  const byName = new Map(members.map((member) => [plain(member.name), member]));
  return layers.flatMap((layer, position) => {
    const member = byName.get(layer);
    if (member === undefined) return [`layer ${position + 1} is not in the archive`];
    if (member.total === 0 && member.size > 10_240)
      return [`layer ${position + 1} is packed in a way that is not read`];
    return member.cut ? [`layer ${position + 1} has more files worth a look than are listed`] : [];
  });
};

/** What a name alone says: a configuration, a store or key; nothing for what only its content can tell. */
export const kindByName = (path: string): "configuration" | "secret" | undefined => {
  if (isConfigurationName(path)) return "configuration";
  return isSecretFileName(path) && !/\.env/iu.test(path) ? "secret" : undefined;
};

/** Names of secrets in environment, labels and history of an image: everybody who has it reads them. */
export const secretsInConfiguration = ({ environment, history, labels }: SavedImage): readonly string[] => [
  ...environment.flatMap((word) => {
    const at = word.indexOf("=");
    const name = word.slice(0, at);
    const value = word.slice(at + 1);
    return at > 0 && value !== "" && (isSecretKey(name) || looksLikeSecret(value)) ? [`environment ${name}`] : [];
  }),
  ...Object.entries(labels).flatMap(([name, value]) =>
    value !== "" && (isSecretKey(name) || looksLikeSecret(value)) ? [`label ${name}`] : [],
  ),
  ...history.flatMap((command, position) => {
    const said = command
      .replace(/--mount=\S+/gu, "")
      .replace(/(?<=[=\s"':])["']?\$(?:\{[^}]*\}|\([^)]*\)|[A-Za-z_]\w*)["']?/gu, "");
    return maskText(said) === said ? [] : [`history, command ${position + 1}`];
  }),
];

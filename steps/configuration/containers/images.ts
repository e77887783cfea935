import {
  imagesIn,
  kindByName,
  type SavedImage,
  type SuspectFile,
  secretsInConfiguration,
  suspectFiles,
  unreadLayers,
} from "../../../src/containers/image.ts";
import { secretsIn } from "../../../src/containers/secret-text.ts";
import { type Control, control } from "../../../src/model/control.ts";
import type { Evidence } from "../../../src/model/finding.ts";
import {
  containerImageContents,
  containerImages,
  contentKey,
  type ImageArchive,
  type ImageContents,
} from "../../../src/probes/container-images.ts";
import { type RuleDefinition, remarksLine, verdictOf } from "../remarks.ts";

const needs = { archives: containerImages, read: containerImageContents };

type Found = { readonly what: string };
type Definition = RuleDefinition & {
  /** Whether an archive that was not read to its end leaves the question open. */
  readonly needsLayers: boolean;
  readonly found: (image: SavedImage, archive: ImageArchive, read: ImageContents) => readonly Found[];
};

/** "layer 3: app/Config.toml, deleted by a later layer and still delivered" */
export const spokenFile = ({ position, path, hidden }: SuspectFile, what = ""): string =>
  `layer ${position}: ${path}${what === "" ? "" : ` (${what})`}${hidden ? ", taken away by a later layer and still delivered" : ""}`;

export const filesOf = (image: SavedImage, { members }: ImageArchive): readonly SuspectFile[] =>
  suspectFiles(image, members);

/** Configuration by name; a file of that name that holds nothing is one as well. */
export const configurationFiles = (image: SavedImage, archive: ImageArchive): readonly Found[] =>
  filesOf(image, archive)
    .filter(({ path }) => kindByName(path) === "configuration")
    .map((file) => ({ what: spokenFile(file) }));

/** Keys and stores by name, and every text that has a secret in it. */
export const secretFiles = (image: SavedImage, archive: ImageArchive, { contents }: ImageContents): readonly Found[] =>
  filesOf(image, archive).flatMap((file) => {
    const content = contents.get(contentKey(archive.path, file.layer, file.entry.name));
    if (content === undefined) return kindByName(file.path) === "secret" ? [{ what: spokenFile(file) }] : [];
    // The image's own account database has no passwords unless somebody set one.
    if (/(?:^|\/)shadow-?$/u.test(file.path)) {
      return /^[^:]+:\$[^:]+:/mu.test(content) ? [{ what: spokenFile(file, "a password hash") }] : [];
    }
    const names = [...new Set(secretsIn(file.path, content).map(({ name }) => name))];
    if (names.length === 0)
      return kindByName(file.path) === "secret" && content.trim() !== "" && !isPublic(content)
        ? [{ what: spokenFile(file) }]
        : [];
    return [{ what: spokenFile(file, names.slice(0, 5).join(", ")) }];
  });

/** Certificates and public keys are meant to be seen. */
const isPublic = (content: string): boolean =>
  /-----BEGIN (?:CERTIFICATE|PUBLIC KEY|TRUSTED CERTIFICATE)-----/u.test(content);

export const imageControl = (definition: Definition): Control<typeof needs> => {
  const { found, nothing, needsLayers, ...rest } = definition;
  return control({
    ...rest,
    risk: "none",
    needs,
    inspect: ({ archives, read }) => {
      const judged = archives.flatMap((archive) =>
        imagesIn(archive.members).map((image) => ({ archive, image, remarks: found(image, archive, read) })),
      );
      const evidence = judged.map(
        ({ archive, image, remarks }): Evidence => ({
          asked: `${image.name} in ${archive.path}`,
          answered: remarks.map(({ what }) => what).join("\n") || nothing,
        }),
      );
      return verdictOf({
        wrong: judged
          .filter(({ remarks }) => remarks.length > 0)
          .map(({ image, remarks }) => `${image.name}: ${remarksLine(remarks.map(({ what }) => what))}`)
          .join(". "),
        evidence,
        unread: [
          ...archives.flatMap(({ path, problem }) => (problem === undefined ? [] : [`${path}: ${problem}`])),
          ...(needsLayers
            ? judged.flatMap(({ archive, image }) =>
                unreadLayers(image, archive.members).map((problem) => `${image.name}: ${problem}`),
              )
            : []),
          ...(needsLayers && read.cut ? ["more than 200 files are worth a look: the rest was not read"] : []),
        ],
        none: archives.length === 0 ? "no saved image is named (containers.images)" : undefined,
      });
    },
    plan: () => [],
  });
};

export const configurationSecrets = (image: SavedImage): readonly Found[] =>
  secretsInConfiguration(image).map((what) => ({ what }));

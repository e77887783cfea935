import { control } from "../../../src/model/control.ts";
import { type BaseImage, baseImages } from "../../../src/probes/base-images.ts";
import { type Versions, versions } from "../../../src/probes/versions.ts";
import { compareVersions } from "../../../src/versions/table.ts";
import { tableEvidence } from "./evidence.ts";
import { collect, fine, type Judged, open, verdictOf, wrong } from "./judging.ts";

const describe = ({ name, tag, digest }: BaseImage): string =>
  `${name}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest.slice(0, 19)}…`}`;
const numbered = /^\d+(?:\.\d+)*$/u;

const judgeImage = ({ table, today }: Versions, image: BaseImage): Judged => {
  const where = `${describe(image)} (${image.file}:${image.line})`;
  if (image.digest === undefined && (image.tag === undefined || image.tag === "latest")) {
    return wrong(`${where} names no version: what is built tomorrow is not what was tested today`);
  }
  const known = table.images[image.name];
  const release = known?.tags[image.tag ?? ""]?.release ?? plainRelease(image);
  const ends = release === undefined ? undefined : table.releases[release];
  const over = ends !== undefined && (ends.longTermEnds ?? ends.securityEnds) < today;
  const newer =
    known !== undefined &&
    image.tag !== undefined &&
    numbered.test(image.tag) &&
    compareVersions(image.tag, known.latest) < 0;
  if (newer) return wrong(`${where} is older than ${known.latest}`);
  if (over) {
    const note = known === undefined ? "" : `, and no newer tag is known: build on a current image with a Java runtime`;
    return wrong(
      `${where} contains ${release}, without updates since ${ends.longTermEnds ?? ends.securityEnds}${note}`,
    );
  }
  return known === undefined && ends === undefined ? open(`the table does not know ${where}`) : fine();
};

/** A key of `releases` for the distributions' own images: "alpine 3.21" of alpine:3.21.3. */
const plainRelease = ({ name, tag }: BaseImage): string | undefined => {
  const distribution = /^(?:docker\.io\/)?(?:library\/)?(alpine|debian|ubuntu|rockylinux|almalinux)$/u.exec(name)?.[1];
  const version = /^\d+(?:\.\d+)?/u.exec(tag ?? "")?.[0];
  if (distribution === undefined || version === undefined) return undefined;
  const major = distribution === "alpine" || distribution === "ubuntu" ? version : version.split(".")[0];
  return `${distribution === "rockylinux" ? "rocky" : distribution} ${major}`;
};

/** An image is patched only by building it again on a newer one. */
export const versionsBaseImage = control({
  id: "versions-base-image",
  guideline: ["RT-01"],
  title: "Container images are built on a current base",
  failing: "A container image is built on an old or unnamed base",
  severity: "medium",
  risk: "none",
  rationale:
    "An image keeps the system and the Java of the day it was built. Named by a moving tag it changes without anybody deciding so; named by an old one it never changes at all. Name a version (better a digest), and let an update bot propose the next.",
  references: [
    { source: "NIST 800-53", id: "SI-2" },
    { source: "NIST 800-53", id: "CM-2" },
  ],
  needs: { images: baseImages, versions },
  applies: ({ images }) => images.length > 0 || "no container file lies beside the integrations of this host",
  inspect: ({ images, versions }) =>
    verdictOf(collect(images.map((image) => judgeImage(versions, image))), [
      {
        asked: "FROM, image: and base of the container files beside the integrations",
        answered: images.map((image) => `${image.file}:${image.line} ${describe(image)}`).join("; "),
      },
      tableEvidence(versions),
    ]),
  plan: () => [],
});

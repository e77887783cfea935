import type { DocumentBody, DocumentName } from "../model/documents.ts";
import { version } from "../version.ts";

/** JSON escapes what is below the space; the rest that could steer or disguise a terminal's text is escaped here. */
const escaped = (text: string): string =>
  text.replace(/[\u007f-\u009f\p{Cf}\p{Co}\p{Zl}\p{Zp}]/gu, (hidden) =>
    [...Array(hidden.length).keys()]
      .map((unit) => `\\u${hidden.charCodeAt(unit).toString(16).padStart(4, "0")}`)
      .join(""),
  );

export const jsonText = (value: object): string => `${escaped(JSON.stringify(value, null, 2))}\n`;

/** One document (src/model/documents.ts) as text, with its head. */
export const documentText = <Name extends DocumentName>(_name: Name, body: DocumentBody<Name>): string =>
  jsonText({ schemaVersion: 1, tool: { name: "drawbridge", version }, ...body });

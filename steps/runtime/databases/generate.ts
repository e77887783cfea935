import type { AnswerReader } from "../../../src/model/question.ts";
import type { RenderedFile } from "../../../src/model/step.ts";
import {
  databaseAppendOnly,
  databaseHosts,
  databaseName,
  databaseOwner,
  databaseReadOnly,
  databaseSchema,
  databaseServers,
  databaseWritable,
} from "./questions.ts";
import { type Database, readme, scriptsFor } from "./sql.ts";

export const databaseOf = (answers: AnswerReader): Database => ({
  name: answers.get(databaseName),
  schema: answers.get(databaseSchema),
  owner: answers.get(databaseOwner),
  hosts: answers.get(databaseHosts),
  readOnly: answers.get(databaseReadOnly),
  appendOnly: answers.get(databaseAppendOnly),
  writable: answers.get(databaseWritable),
});

/** Scripts for the database's administrator, without a password in them. */
export const generateDatabaseFiles = (answers: AnswerReader): readonly RenderedFile[] => {
  const servers = answers.get(databaseServers);
  if (servers.length === 0) return [];
  const database = databaseOf(answers);
  return [
    {
      path: "/databases/README.md",
      content: readme(servers, database),
      mode: "0644",
      about: "How the integration gets accounts of its own, and how they are rotated without an outage.",
    },
    ...servers.flatMap((server) =>
      scriptsFor(server, database).map(({ name, content, about }) => ({
        path: `/databases/${server}/${name}`,
        content,
        mode: name.includes(".") ? "0644" : "0755",
        about,
      })),
    ),
  ];
};

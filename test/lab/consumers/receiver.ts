/** What stands at the other end: Elasticsearch's bulk interface and Prometheus' remote write, over TLS, on an address of the lab. */
import type { IncomingMessage } from "node:http";
import { createServer } from "node:https";
import { gunzipSync } from "node:zlib";
import { expect } from "vitest";

export type Received = { readonly path: string; readonly authorization: string; readonly body: Buffer };

export type Receiver = {
  readonly received: readonly Received[];
  /** Documents that were sent to an index, the earliest first. */
  readonly documents: (index: string) => readonly Readonly<Record<string, unknown>>[];
  readonly close: () => Promise<void>;
};

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const whole = Buffer.concat(pieces);
  return request.headers["content-encoding"] === "gzip" ? gunzipSync(whole) : whole;
};

/** Pairs of lines: what to do with a document, and the document. Elasticsearch, "Bulk API". */
const pairsOf = (
  body: Buffer,
): readonly (readonly [Record<string, { _index?: string }>, Record<string, unknown>])[] => {
  const lines = body
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
  return lines.flatMap((line, at) => (at % 2 === 0 ? [[line, lines[at + 1]] as const] : []));
};

export const receiver = async (where: {
  readonly address: string;
  readonly port: number;
  readonly key: string;
  readonly certificate: string;
}): Promise<Receiver> => {
  const received: Received[] = [];
  const server = createServer(
    { key: where.key, cert: where.certificate, minVersion: "TLSv1.2" },
    (request, response) => {
      void bodyOf(request).then((body) => {
        const path = request.url ?? "";
        received.push({ path, authorization: request.headers.authorization ?? "", body });
        response.setHeader("X-Elastic-Product", "Elasticsearch");
        response.setHeader("Content-Type", "application/json");
        if (!path.includes("_bulk")) return response.end("{}");
        const items = pairsOf(body).map(([action]) => ({ [Object.keys(action)[0] ?? "index"]: { status: 201 } }));
        return response.end(JSON.stringify({ took: 1, errors: false, items }));
      });
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(where.port, where.address, resolve);
  });
  return {
    received,
    documents: (index) => {
      const bulk = received.filter(({ path }) => path.includes("_bulk"));
      return bulk
        .flatMap(({ body }) => pairsOf(body))
        .filter(([action]) => Object.values(action)[0]?._index === index)
        .map(([, document]) => {
          expect(document).toBeTypeOf("object");
          return document;
        });
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

import type { AnswerReader } from "../../../src/model/question.ts";
import type { RenderedFile } from "../../../src/model/step.ts";
import { shippedGuideline } from "../../../src/tls/guideline.ts";
import { tlsProfile } from "../../runtime/tls/questions.ts";
import { addressFiles } from "./failover-address.ts";
import { clusterOf } from "./here.ts";
import { haproxyDropIn, haproxyDropInText, haproxyFile, haproxyText, nginxFile, nginxText } from "./render.ts";

/** Every node's files from one set of answers, each node in a folder of its own. */
export const generateFailover = (answers: AnswerReader): readonly RenderedFile[] => {
  const cluster = clusterOf(answers);
  if (cluster === undefined) return [];
  const profile = shippedGuideline().profiles[answers.get(tlsProfile)];
  return cluster.nodes.flatMap((node) => {
    const proxy =
      cluster.proxy === "haproxy"
        ? [
            { path: haproxyFile, content: haproxyText(cluster, node, profile), mode: "0644" },
            { path: haproxyDropIn, content: haproxyDropInText, mode: "0644" },
          ]
        : [{ path: nginxFile, content: nginxText(cluster, node, profile), mode: "0644" }];
    return [...addressFiles(cluster, node), ...proxy].map(({ path, content, mode }) => ({
      path: `/nodes/${node.name}${path}`,
      content,
      mode,
      about: `For ${node.name} only, to ${path}; systemctl daemon-reload, then restart ${cluster.proxy} and keepalived.`,
    }));
  });
};

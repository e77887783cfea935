import type { Proxies, ProxyFile } from "../../../../src/probes/proxies.ts";
import { nginxTree } from "../../../../src/tls/nginx.ts";

const aFile = (path: string, content: string): ProxyFile => ({
  name: path,
  path,
  content,
  mode: "0644",
  owner: "root",
  group: "root",
});

/** nginx with one site over TLS, and haproxy with one bundle when it is named. */
export const serving = (certificate: string, bundle?: string): Proxies => {
  const main = "/etc/nginx/nginx.conf";
  const content = `http {
    server {
        listen 443 ssl;
        server_name shop.example.org;
        ssl_certificate ${certificate};
        ssl_certificate_key nginx.key;
    }
}
`;
  return {
    nginx: {
      version: "1.26.3",
      openssl: "3.5.7",
      active: true,
      main,
      files: [aFile(main, content)],
      tree: nginxTree(main, new Map([[main, content]])),
      problem: undefined,
      names: new Map([[443, ["shop.example.org"]]]),
      confd: true,
      own: undefined,
    },
    haproxy:
      bundle === undefined
        ? undefined
        : {
            version: "3.0.11",
            openssl: "3.5.7",
            active: true,
            files: [aFile("/etc/haproxy/haproxy.cfg", `frontend web\n    bind :8443 ssl crt ${bundle}\n`)],
          },
  };
};

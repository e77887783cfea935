import { readHaproxy } from "../tls/haproxy.ts";
import type { Nginx, Proxies } from "./proxies.ts";

/** Certificate and private key that a proxy of this host serves with; the same path twice where they are one file. */
export type ProxyPair = {
  readonly server: "nginx" | "haproxy";
  readonly certificate: string;
  readonly key: string;
  /** Names that the proxy itself answers to. */
  readonly names: readonly string[];
};

/** Values that only the running proxy can fill in, or that are no files. */
const isPlain = (path: string): boolean => path !== "" && !/[$\t\n\r]|^(?:data|engine|store):/u.test(path);

const inFolder = (path: string, folder: string): string => (path.startsWith("/") ? path : `${folder}/${path}`);

/** ngx_http_ssl_module: ssl_certificate of a server, else of what is around it. */
const nginxPairs = ({ tree, main }: Nginx): readonly ProxyPair[] => {
  if (tree === undefined) return [];
  const folder = main.slice(0, main.lastIndexOf("/"));
  const values = (name: string, server: number | undefined): readonly string[] =>
    tree.places
      .filter((place) => place.directive.name === name && place.server === server)
      .flatMap(({ directive }) => directive.words.slice(0, 1).map(({ text }) => text));
  return tree.servers.flatMap(({ tlsPorts, names }, index) => {
    if (tlsPorts.length === 0) return [];
    const own = (name: string) => (values(name, index).length > 0 ? values(name, index) : values(name, undefined));
    const certificates = own("ssl_certificate");
    const keys = own("ssl_certificate_key");
    // Several of them are one for each kind of key.
    return certificates.flatMap((certificate, place): readonly ProxyPair[] => {
      const key = keys[place];
      if (key === undefined || !isPlain(certificate) || !isPlain(key)) return [];
      return [{ server: "nginx", certificate: inFolder(certificate, folder), key: inFolder(key, folder), names }];
    });
  });
};

/** haproxy configuration manual, `crt`: certificate, chain and key in one file. */
const haproxyPairs = ({ haproxy }: Proxies): readonly ProxyPair[] =>
  (haproxy?.files ?? []).flatMap(({ content }) => {
    const lines = readHaproxy(content);
    const base = lines.find(({ words: [first] }) => first?.text === "crt-base")?.words[1]?.text ?? "/etc/haproxy";
    return lines
      .filter(({ words: [first] }) => first?.text === "bind")
      .flatMap(({ words }) =>
        words.flatMap(({ text }, index): readonly ProxyPair[] => {
          const path = words[index + 1]?.text;
          if (text !== "crt" || path === undefined || !isPlain(path)) return [];
          const whole = inFolder(path, base);
          return [{ server: "haproxy", certificate: whole, key: whole, names: [] }];
        }),
      );
  });

/** Every pair once, with all names that are served with it. */
export const proxyPairs = (servers: Proxies): readonly ProxyPair[] => {
  const pairs = new Map<string, ProxyPair>();
  for (const pair of [...(servers.nginx ? nginxPairs(servers.nginx) : []), ...haproxyPairs(servers)]) {
    const id = [pair.server, pair.certificate, pair.key].join("\n");
    const names = [...new Set([...(pairs.get(id)?.names ?? []), ...pair.names])];
    pairs.set(id, { ...pair, names });
  }
  return [...pairs.values()];
};

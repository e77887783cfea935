import { describe, expect, test } from "vitest";
import { nginxReplacements, nginxTree, readNginx, replaced } from "../../src/tls/nginx.ts";

const wish = { ssl_protocols: "TLSv1.2 TLSv1.3", ssl_ciphers: "A:B" };
const own = "/etc/nginx/conf.d/zz.conf";

const rewrite = (files: Readonly<Record<string, string>>) => {
  const tree = nginxTree("/etc/nginx/nginx.conf", new Map(Object.entries(files)));
  const { byFile, missing } = nginxReplacements(tree, wish, own);
  return {
    missing,
    servers: tree.servers,
    texts: Object.fromEntries(
      Object.entries(files).map(([path, text]) => [path, replaced(text, byFile.get(path) ?? [])]),
    ),
  };
};

describe("nginx's configuration", () => {
  test("is read with quotes, comments, variables and blocks of Lua", () => {
    const [http] = readNginx(
      `http { # { not a block ;\n  log_format x '$a "{;}"' "\\"";\n map $http_x \${y} { default 1; }\n content_by_lua_block { if x then return "}" .. {} end } \n}`,
    );
    expect(http?.block?.map(({ name }) => name)).toEqual(["log_format", "map", "content_by_lua_block"]);
    expect(http?.block?.[0]?.words.map(({ text }) => text)).toEqual(["x", '$a "{;}"', '"']);
  });

  test.each(["http {", "}", "a 'b;", "listen 80"])("%j is refused, as nginx refuses it", (text) => {
    expect(() => readNginx(text)).toThrow();
  });

  test("values are replaced where they stand, however deep; every other byte stays", () => {
    const main = `events {}\nhttp {\n\tssl_protocols TLSv1 TLSv1.1;   # old\n\tinclude /etc/nginx/conf.d/*.conf;\r\n\tinclude sites/*;\n}\n`;
    const site = `server { listen 443 ssl default_server; listen [::]:8443 ssl; listen 80; server_name a.example *.b.example;\n  ssl_ciphers "ALL:@SECLEVEL=0"; }`;
    const { texts, missing, servers } = rewrite({ "/etc/nginx/nginx.conf": main, "/etc/nginx/sites/a": site });
    expect(texts["/etc/nginx/nginx.conf"]).toBe(main.replace("TLSv1 TLSv1.1", "TLSv1.2 TLSv1.3"));
    expect(texts["/etc/nginx/sites/a"]).toBe(site.replace('"ALL:@SECLEVEL=0"', "A:B"));
    expect(missing).toEqual(["ssl_ciphers"]);
    expect(servers).toEqual([
      { tlsPorts: [443, 8443], plainPorts: [80], names: ["a.example"], file: "/etc/nginx/sites/a", http: true },
    ]);
  });

  test("what our own file sets still counts as missing elsewhere, and is not replaced", () => {
    const { texts, missing } = rewrite({
      "/etc/nginx/nginx.conf": "http { include conf.d/*.conf; }",
      [own]: "ssl_ciphers OLD;\n",
    });
    expect(missing).toEqual(["ssl_protocols", "ssl_ciphers"]);
    expect(texts[own]).toBe("ssl_ciphers OLD;\n");
  });

  test("what is right already is not touched", () => {
    const text = "http { ssl_protocols   TLSv1.2  TLSv1.3; ssl_ciphers 'A:B'; }";
    const { texts, missing } = rewrite({ "/etc/nginx/nginx.conf": text });
    expect(texts["/etc/nginx/nginx.conf"]).toBe(text);
    expect(missing).toEqual([]);
  });
});

import { describe, expect, test } from "vitest";
import { haproxyReplacements, readHaproxy } from "../../src/tls/haproxy.ts";
import { replaced } from "../../src/tls/nginx.ts";

const wish = { ciphers: "A:B", ciphersuites: "C:D", curves: "X25519", minimum: "TLSv1.2" } as const;
const rewritten = (text: string) => replaced(text, haproxyReplacements(text, wish, true));

describe("haproxy's configuration", () => {
  test("is read by sections, with quotes, escapes and comments", () => {
    const lines = readHaproxy(`global\n  log "a b" c\\ d # rest\nfrontend web\n  bind :443 ssl crt 'x y'\n`);
    expect(lines.map(({ section, words }) => [section, words.map(({ text }) => text)])).toEqual([
      ["global", ["global"]],
      ["global", ["log", "a b", "c d"]],
      ["frontend web", ["frontend", "web"]],
      ["frontend web", ["bind", ":443", "ssl", "crt", "x y"]],
    ]);
  });

  test("global's defaults are set, other options of theirs are kept, and bind lines say nothing against them", () => {
    const text = `global
\tssl-default-bind-ciphers OLD   # Mozilla 5
\tssl-default-bind-options no-sslv3 ssl-min-ver TLSv1.0 strict-sni
frontend web
\tbind :443 ssl crt /a.pem ssl-min-ver TLSv1.0 ciphers ALL alpn h2
\tbind :80
`;
    expect(rewritten(text)).toBe(`global
\tssl-default-bind-ciphers A:B   # Mozilla 5
\tssl-default-bind-options strict-sni ssl-min-ver TLSv1.2 no-tls-tickets prefer-client-ciphers
    ssl-default-bind-curves X25519
    ssl-default-bind-ciphersuites C:D
frontend web
\tbind :443 ssl crt /a.pem alpn h2
\tbind :80
`);
  });

  test("a second run changes nothing", () => {
    const text = "global\n    daemon\nfrontend f\n    bind :443 ssl crt /a.pem force-tlsv10\n";
    const once = rewritten(text);
    expect(rewritten(once)).toBe(once);
    expect(once).not.toContain("force-tlsv10");
  });

  test("a file without a global section only loses what stands against it", () => {
    const text = "frontend f\n    bind :443 ssl crt /a.pem no-tlsv13\n";
    expect(rewritten(text)).toBe("frontend f\n    bind :443 ssl crt /a.pem\n");
  });
});

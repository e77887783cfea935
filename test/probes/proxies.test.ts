import { describe, expect, it } from "vitest";
import { nginxOwnPath, proxies } from "../../src/probes/proxies.ts";
import { tlsSystem } from "../../src/probes/tls-system.ts";
import { haproxyHasTls } from "../../src/tls/haproxy.ts";
import { captured, parsed } from "../steps/settle.ts";

describe("proxies, as a server of Debian 12 shows them after its TLS was put right", () => {
  const fact = parsed(proxies, captured("proxies", "bookworm"));
  const found = fact.state === "known" ? fact.value : undefined;

  it("tells versions and what runs", () => {
    expect(found?.nginx).toMatchObject({ version: "1.22.1", active: true, main: "/etc/nginx/nginx.conf", confd: true });
    expect(found?.nginx?.openssl).toMatch(/^3\.0\.\d+/u);
    expect(found?.haproxy).toMatchObject({ version: "2.6.12", active: true });
    expect(found?.haproxy?.openssl).toMatch(/^3\.0\.\d+/u);
  });

  it("reads nginx's files as nginx does, and names those that are written", () => {
    expect(found?.nginx?.problem).toBeUndefined();
    expect(found?.nginx?.names.get(443)).toEqual(["orders.example"]);
    expect(found?.nginx?.own).toMatchObject({ path: nginxOwnPath, mode: "0644", owner: "root" });
  });

  it("gives files back to the byte", () => {
    for (const { content } of [...(found?.nginx?.files ?? []), ...(found?.haproxy?.files ?? [])]) {
      expect(content.endsWith("\n")).toBe(true);
      expect(content).not.toMatch(/^\|/mu);
    }
    expect(haproxyHasTls(found?.haproxy?.files[0]?.content ?? "")).toBe(true);
  });

  it("a link among them is written where it leads to", () => {
    const text =
      "== nginx\nversion nginx version: nginx/1.26.3\nactive inactive\n@file /etc/nginx/nginx.conf\nregular file|644|root|root|0|0|/etc/nginx/nginx.conf\n|http { include sites-enabled/*; }\n|.\n@file /etc/nginx/sites-enabled/a\nregular file|640|root|www|0|33|/srv/sites/a\n|server { listen 8443 ssl; }.\n";
    const linked = parsed(proxies, text);
    const nginx = linked.state === "known" ? linked.value.nginx : undefined;
    expect(nginx?.files[1]).toMatchObject({ name: "/etc/nginx/sites-enabled/a", path: "/srv/sites/a", mode: "0640" });
    expect(nginx?.files[1]?.content).toBe("server { listen 8443 ssl; }");
    expect(nginx?.tree?.servers[0]?.tlsPorts).toEqual([8443]);
  });

  it("no file is passed over that has nothing but what is judged: a log that is off, a log that is sent on", () => {
    const { script } = proxies as { readonly script: string };
    const [, posix = ""] = /grep -lsE '([^']+)'/u.exec(script) ?? [];
    const pattern = new RegExp(posix.replaceAll("[[:space:];{}]", "[\\s;{}]").replaceAll("[[:space:]]", "\\s"), "u");
    for (const line of ["access_log syslog:server=192.0.2.10:5514;", "error_log /dev/null;", "  listen 443 ssl;"])
      expect(line).toMatch(pattern);
    expect("types { text/html html; }").not.toMatch(pattern);
  });

  it("a configuration that nginx refuses is a problem, and no tree", () => {
    const text =
      "== nginx\nversion nginx version: nginx/1.22.1\nactive active\nproblem nginx: [emerg] unknown directive\n";
    const broken = parsed(proxies, text);
    expect(broken.state === "known" && broken.value.nginx).toMatchObject({
      tree: undefined,
      problem: "nginx: [emerg] unknown directive",
    });
  });

  it("nothing is there where nothing is installed", () => {
    expect(parsed(proxies, "")).toEqual({ state: "known", value: { nginx: undefined, haproxy: undefined } });
  });
});

it("the system's TLS defaults of Debian 12", () => {
  const fact = parsed(tlsSystem, captured("tls-system", "bookworm"));
  expect(fact).toMatchObject({ state: "known", value: { cryptoPolicy: undefined, guideline: undefined } });
  expect(fact.state === "known" && fact.value.openssl).toMatch(/^3\.0\.\d+$/u);
  expect(fact.state === "known" && fact.value.now).toBeGreaterThan(1_700_000_000);
});

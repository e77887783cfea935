import { concealedBefore, concealedFile, type SecretSpan } from "../../../src/core/concealed.ts";
import { type Change, change } from "../../../src/model/change.ts";
import { composer } from "../../../src/model/control.ts";
import { handshakes, type ListenerSurvey } from "../../../src/probes/handshakes.ts";
import { type Nginx, nginxOwnPath, type ProxyFile, proxies } from "../../../src/probes/proxies.ts";
import { tlsSystem } from "../../../src/probes/tls-system.ts";
import { opensslCiphers, opensslCiphersuites, opensslGroups, type Profile } from "../../../src/tls/guideline.ts";
import { type HaproxyWish, haproxyReplacements, readHaproxy } from "../../../src/tls/haproxy.ts";
import {
  type NginxDirective,
  type NginxWish,
  nginxReplacements,
  type Replacement,
  readNginx,
  replaced,
} from "../../../src/tls/nginx.ts";
import { compareVersions } from "../../../src/workload/modules.ts";
import { isSecretKey, looksLikeSecret } from "../../../src/workload/secrecy.ts";
import { profileInForce, smallestGroup, tlsListeners } from "./measure.ts";

/** A version that is not known counts as old. */
const atLeast = (version: string | undefined, wanted: string): boolean =>
  version !== undefined && /^\d/u.test(version) && compareVersions(version, wanted) >= 0;

/** Values of nginx for a profile, as far as the installed versions know them. ngx_http_ssl_module. */
export const nginxWish = (profile: Profile, version: string, openssl: string | undefined): NginxWish => {
  const tls13 = atLeast(version, "1.13.0") && atLeast(openssl, "1.1.1");
  const protocols = profile.protocols.filter((name) => name !== "TLSv1.3" || tls13);
  const ciphers = opensslCiphers(profile);
  return {
    ssl_protocols: protocols.join(" "),
    ...(ciphers !== "" && { ssl_ciphers: ciphers }),
    ssl_ecdh_curve: opensslGroups(profile, openssl).join(":"),
    ssl_prefer_server_ciphers: "off",
  };
};

export const haproxyWish = (profile: Profile, version: string, openssl: string | undefined): HaproxyWish => ({
  ciphers: opensslCiphers(profile),
  ciphersuites: opensslCiphersuites(profile),
  curves: atLeast(version, "2.2") ? opensslGroups(profile, openssl).join(":") : undefined,
  minimum: profile.protocols.includes("TLSv1.2") ? "TLSv1.2" : "TLSv1.3",
});

type Word = { readonly text: string; readonly start: number; readonly end: number };

/** Words of a line that must not be shown: what follows a secret's name, and what looks like one. */
const secretWords = (words: readonly Word[]): readonly Word[] =>
  words.filter(
    ({ text }, index) =>
      text !== "" &&
      (looksLikeSecret(text) ||
        (index > 0 &&
          (isSecretKey(words[index - 1]?.text ?? "") ||
            /^(?:authorization|auth)$/iu.test(words[index - 1]?.text ?? "")))),
  );

const nginxSecrets = ({ path, content }: ProxyFile): readonly SecretSpan[] => {
  const spans: SecretSpan[] = [];
  const walk = (directives: ReturnType<typeof readNginx>): void => {
    for (const { name, words, start, block } of directives) {
      const all = [{ text: name, start, end: start + name.length }, ...words];
      for (const word of secretWords(all)) spans.push({ value: word.text, path, start: word.start, end: word.end });
      if (block !== undefined) walk(block);
    }
  };
  walk(readNginx(content));
  return spans;
};

const haproxySecrets = ({ path, content }: ProxyFile): readonly SecretSpan[] =>
  readHaproxy(content).flatMap(({ words }) =>
    secretWords(words).map(({ text, start, end }) => ({ value: text, path, start, end })),
  );

/** The same file with other text; what is secret in it is shown masked and stays on the machine. */
const edited = (
  file: ProxyFile,
  content: string,
  secrets: readonly SecretSpan[],
  rest: Pick<Extract<Change, { kind: "file" }>, "title"> & { verify?: string[][]; checks?: Change["checks"] },
): Change => {
  const owned = { mode: file.mode, owner: file.owner, group: file.group };
  const sources = new Map([[file.path, file.content]]);
  const hidden = secrets.length > 0;
  return change({
    kind: "file",
    phase: "files",
    risk: "none",
    ...rest,
    path: file.path,
    before: hidden
      ? { ...concealedBefore({ path: file.path, content: file.content, secrets }), ...owned }
      : { content: file.content, ...owned },
    after: hidden
      ? { ...concealedFile({ path: file.path, content, secrets, sources }), ...owned }
      : { content, ...owned },
    sensitive: hidden,
  });
};

/** A directive with its line, where it has one to itself. */
const withoutDirective = (content: string, { start, end }: NginxDirective): Replacement => {
  const before = /\n[ \t]*$/u.exec(content.slice(0, start))?.[0] ?? "";
  const alone = before !== "" && /^[ \t]*(?:\n|$)/u.test(content.slice(end));
  return { start: alone ? start - before.length : start, end, text: "" };
};

/**
 * A group of its own that is too small goes: OpenSSL refuses it together with ciphers that are strong enough, and without one
 * nginx agrees on keys by elliptic curves alone. ngx_http_ssl_module, ssl_dhparam.
 */
const weakGroups = ({ tree }: Nginx, surveys: readonly ListenerSurvey[]) =>
  surveys.some(({ server, dhBits }) => server === "nginx" && dhBits !== undefined && dhBits < smallestGroup)
    ? (tree?.places ?? []).filter(({ directive }) => directive.name === "ssl_dhparam")
    : [];

const nginxChanges = (nginx: Nginx, profile: Profile, surveys: readonly ListenerSurvey[]): readonly Change[] => {
  if (nginx.tree === undefined) return [];
  const wish = nginxWish(profile, nginx.version, nginx.openssl);
  const { byFile, missing } = nginxReplacements(nginx.tree, wish, nginxOwnPath);
  const verify = [["nginx", "-t", "-q", ...(nginx.main === "/etc/nginx/nginx.conf" ? [] : ["-c", nginx.main])]];
  const changes: Change[] = [];
  const additions = missing.map((name) => `${name} ${wish[name]};`);
  const weak = weakGroups(nginx, surveys);
  const inMain = additions.length > 0 && !nginx.confd;
  for (const file of nginx.files) {
    const replacements = [
      ...(byFile.get(file.name) ?? []),
      ...weak
        .filter((place) => place.file === file.name)
        .map((place) => withoutDirective(file.content, place.directive)),
    ];
    if (inMain && file.name === nginx.main) {
      const http = readNginx(file.content).find(({ name }) => name === "http");
      if (http === undefined) return [];
      replacements.push({
        start: http.inside,
        end: http.inside,
        text: `\n${additions.map((line) => `    ${line}`).join("\n")}`,
      });
    }
    if (replacements.length === 0 || file.path === nginxOwnPath) continue;
    changes.push(
      edited(file, replaced(file.content, replacements), nginxSecrets(file), {
        title: `nginx: TLS settings in ${file.path}`,
        verify,
      }),
    );
  }
  const content = `# Written by drawbridge: what no other file says about TLS. ngx_http_ssl_module\n${additions.join("\n")}\n`;
  if (additions.length > 0 && nginx.confd && nginx.own?.content !== content) {
    const { own } = nginx;
    changes.push(
      change({
        kind: "file",
        phase: "files",
        risk: "none",
        title: "nginx: TLS settings that nothing else sets",
        path: nginxOwnPath,
        before: own === undefined ? null : { content: own.content, mode: own.mode, owner: own.owner, group: own.group },
        after: { content, mode: "0644", owner: "root", group: "root" },
        verify,
      }),
    );
  }
  if (changes.length === 0) return [];
  return nginx.active
    ? [
        ...changes,
        change({
          kind: "unit",
          phase: "services",
          risk: "none",
          title: "Reload nginx: connections that are open go on",
          unit: "nginx.service",
          action: "reloaded",
        }),
      ]
    : changes;
};

/** nginx is told where it says something else, and in a file of our own where it says nothing. */
export const nginxTls = composer<
  "tls",
  { readonly servers: typeof proxies; readonly system: typeof tlsSystem; readonly shaken: typeof handshakes }
>({
  id: "nginx-tls",
  needs: { servers: proxies, system: tlsSystem, shaken: handshakes },
  compose: (wanted, { servers, system, shaken }, answers) =>
    servers.nginx === undefined || !wanted.some(({ needed }) => needed)
      ? []
      : nginxChanges(servers.nginx, profileInForce(system, answers), tlsListeners(shaken)),
});

/** haproxy's defaults for every bind line, and nothing on a bind line against them. */
export const haproxyTls = composer<"tls", { readonly servers: typeof proxies; readonly system: typeof tlsSystem }>({
  id: "haproxy-tls",
  needs: { servers: proxies, system: tlsSystem },
  compose: (wanted, { servers, system }, answers) => {
    const { haproxy } = servers;
    if (haproxy === undefined || !wanted.some(({ needed }) => needed)) return [];
    const wish = haproxyWish(profileInForce(system, answers), haproxy.version, haproxy.openssl);
    const global = haproxy.files.find(({ content }) =>
      readHaproxy(content).some(({ section }) => section === "global"),
    );
    const texts = haproxy.files.map((file) => ({
      file,
      after: replaced(file.content, haproxyReplacements(file.content, wish, file === global)),
    }));
    const hidden = haproxy.files.some((file) => haproxySecrets(file).length > 0);
    // A staged file is no place for secrets: with them in it, haproxy judges the files in place instead.
    const names = texts.map((_, index) => `haproxy-${index}.cfg`);
    const staged = {
      argv: ["haproxy", "-c", "-q", ...names.flatMap((name) => ["-f", `@files/${name}`])],
      files: Object.fromEntries(texts.map(({ after }, index) => [names[index] as string, after])),
    };
    const inPlace = ["haproxy", "-c", "-q", ...texts.flatMap(({ file }) => ["-f", file.path])];
    const changes = texts.flatMap(({ file, after }) =>
      after === file.content
        ? []
        : [
            edited(file, after, haproxySecrets(file), {
              title: `haproxy: TLS settings in ${file.path}`,
              checks: hidden ? [] : [staged],
              verify: [inPlace],
            }),
          ],
    );
    if (changes.length === 0 || !haproxy.active) return changes;
    return [
      ...changes,
      change({
        kind: "unit",
        phase: "services",
        risk: "none",
        title: "Reload haproxy: connections that are open go on",
        unit: "haproxy.service",
        action: "reloaded",
      }),
    ];
  },
});

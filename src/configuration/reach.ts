import type { Endpoint } from "../model/integration.ts";
import { askable, questionLine } from "../model/probe.ts";

/** Whether endpoints answer from a machine, and whether it trusts their certificates: asked by a fixed script, at most 40. */

const most = 40;

export const reachScript = `PATH=/usr/sbin:/usr/bin:/sbin:/bin; LC_ALL=C; export PATH LC_ALL
connects() {
  if command -v bash >/dev/null; then timeout 4 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$1" "$2" 2>/dev/null
  elif command -v nc >/dev/null; then timeout 4 nc -z "$1" "$2" </dev/null >/dev/null 2>&1
  else return 9; fi
}
while IFS='	' read -r id host port tls; do
  {
    case $host in *:*) at="[$host]" ;; *) at=$host ;; esac
    connects "$host" "$port"; said=$?
    case $said in 0) word=answers ;; 9) word=unasked ;; *) word=silent ;; esac
    if [ "$tls" = tls ] && [ "$word" != silent ]; then
      if command -v openssl >/dev/null; then
        case $host in *[!0-9.:]*) set -- -servername "$host" -verify_hostname "$host" ;; *) set -- -verify_ip "$host" ;; esac
        code=$(timeout 6 openssl s_client -connect "$at:$port" "$@" </dev/null 2>/dev/null | sed -n 's/^ *Verify return code: \\(.*\\)/\\1/p' | head -n 1)
        printf '%s\\t%s\\t%s\\n' "$id" "$word" "\${code:-none}"
      else printf '%s\\t%s\\tunasked\\n' "$id" "$word"; fi
    else printf '%s\\t%s\\t-\\n' "$id" "$word"; fi
  } &
done
wait
echo over
`;

const isTls = ({ scheme }: Endpoint): boolean => scheme === "https" || scheme === "ldaps" || scheme === "amqps";

const mayAsk = ({ host }: Endpoint): boolean => askable(host) && /^[A-Za-z0-9][A-Za-z0-9._:-]{0,252}$/u.test(host);

export const reachInput = (endpoints: readonly Endpoint[], certificates: boolean): string =>
  endpoints
    .slice(0, most)
    .flatMap((endpoint, index) =>
      mayAsk(endpoint)
        ? [
            questionLine(
              `e${index}`,
              endpoint.host,
              String(endpoint.port),
              certificates && isTls(endpoint) ? "tls" : "plain",
            ),
          ]
        : [],
    )
    .join("");

/** What stands against the endpoints, in words; `from` is the machine that asked. */
export const reachProblems = (
  endpoints: readonly Endpoint[],
  stdout: string,
  from: string,
): { readonly problems: readonly string[]; readonly notes: readonly string[] } => {
  const answers = new Map(
    stdout.split("\n").flatMap((line) => {
      const [id = "", connects = "", code = ""] = line.split("\t");
      return /^e\d+$/u.test(id) ? [[id, { connects, code }] as const] : [];
    }),
  );
  const problems: string[] = [];
  const notes: string[] = [];
  for (const [index, endpoint] of endpoints.entries()) {
    const place = `${endpoint.key}: ${endpoint.host}:${endpoint.port}`;
    const answer = answers.get(`e${index}`);
    if (index >= most || answer === undefined) notes.push(`${place} was not asked`);
    else if (answer.connects === "silent") problems.push(`endpoint: ${place} does not answer from ${from}`);
    else if (answer.connects === "unasked" && answer.code === "-")
      notes.push(`${place} could not be asked: neither bash nor nc is on ${from}`);
    else if (answer.code === "unasked")
      notes.push(`${place}: its certificate could not be asked for, no openssl on ${from}`);
    else if (answer.code === "none") problems.push(`endpoint: ${place} answers, and not with TLS`);
    else if (answer.code === "-" || /^0 /u.test(answer.code))
      notes.push(`${place} answers${answer.code === "-" ? "" : ", and its certificate is trusted"}`);
    else
      problems.push(`endpoint: ${place} has a certificate that ${from} does not trust: ${answer.code.slice(0, 100)}`);
  }
  return { problems, notes };
};

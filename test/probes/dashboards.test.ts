import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { dashboards } from "../../src/probes/dashboards.ts";

const shipped = `[keystore]
file_name = "conf/security/dashboard.jks"
password = "wso2carbon"
key_password = "wso2carbon"

[mi_super_admin]
username = "admin"
password = "admin"   # change me

[bal_service_account]
username = "bal_admin"
password = 'bal_secret'

[truststore]
password = "$secret{truststore}"

#[[internal_apis.users]]
#user.password = "admin"
`;
const changed =
  '[mi_super_admin]\nusername = "admin"\npassword = "of our own"\n[[internal_apis.users]]\nuser.password = "admin"\n';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "drawbridge-dashboards-"));
  for (const [folder, text] of [
    ["opt/icp-1.2/conf", shipped],
    ["opt/wso2/icp/conf", changed],
    ["opt/other/conf", '[server]\npassword = "admin"\n'],
  ] as const) {
    mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, folder, "deployment.toml"), text);
  }
});
afterAll(() => rmSync(root, { recursive: true }));

it("names tables with published passwords, and prints none of them", () => {
  const { stdout } = spawnSync("sh", ["-c", dashboards.script], { encoding: "utf8", env: { ...process.env, root } });
  expect(stdout).not.toMatch(/wso2carbon|of our own|secret\{|bal_secret/u);
  expect(dashboards.parse({ stdout, exitCode: 0, truncated: false, timedOut: false })).toEqual({
    state: "known",
    value: [
      { path: "/opt/icp-1.2/conf/deployment.toml", published: ["bal_service_account", "keystore", "mi_super_admin"] },
      { path: "/opt/wso2/icp/conf/deployment.toml", published: ["internal_apis.users"] },
    ],
  });
});

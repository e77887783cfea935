import { expect, test } from "vitest";
import { secretsIn } from "../../src/containers/secret-text.ts";

test.each([
  ["Config.toml", 'dbPassword = "hunter2"\nport = 9090', [{ line: 1, name: "dbPassword" }]],
  ["a.properties", "x=1\ndb.password=hunter2", [{ line: 2, name: "db.password" }]],
  ["a.yaml", "password: \u0024{DB}\ntoken: {{ .Values.token }}\nsecret: <fill in>\npassword:", []],
  ["a.json", '{"apiKey": "abcd1234efgh", "name": "x"}', [{ line: 1, name: "apiKey" }]],
  [".env", "TOKEN=abc123def", [{ line: 1, name: "TOKEN" }]],
  ["main.bal", "configurable string password = ?;\nstring token = request.token;", []],
  ["main.bal", 'string password = "hunter2";', [{ line: 1, name: "password" }]],
  ["README.md", "password: hunter2", []],
  ["README.md", "ghp_0123456789012345678901234567890123456789", [{ line: 1, name: "a secret by its shape" }]],
  ["x.pem", "-----BEGIN RSA PRIVATE KEY-----\nabc", [{ line: 1, name: "private key" }]],
  ["x.pem", "-----BEGIN CERTIFICATE-----\nabc", []],
  ["a.sh", "curl https://op:hunter2@example.com", [{ line: 1, name: "a secret by its shape" }]],
  ["a.sh", "curl https://op:$PASSWORD@example.com", []],
  ["a.yaml", "passwordFile: /run/secrets/x\npassword: /run/secrets/x", []],
])("%s: %j", (path, text, found) => {
  expect(secretsIn(path, text)).toEqual(found);
  expect(JSON.stringify(secretsIn(path, text))).not.toContain("hunter2");
});

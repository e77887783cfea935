import { describe, expect, test } from "vitest";
import { variableOf } from "../../src/workload/variables.ts";
import { aJar } from "../steps/integration-fixture.ts";

const jar = aJar({
  modules: [
    { organisation: "ballerina", name: "http", major: 2, version: undefined },
    { organisation: "wso2", name: "icp.runtime.bridge", major: 1, version: undefined },
    { organisation: "acme", name: "orders", major: 0, version: undefined },
    { organisation: "acme", name: "orders.mail", major: 0, version: undefined },
  ],
});

describe("the variable that a key belongs to", () => {
  test.each([
    ["dbPassword", "dbPassword"],
    ["notifications.token", "notifications"],
    ["ballerina.http.defaultListenerConfig.secureSocket.key.password", "ballerina.http.defaultListenerConfig"],
    ["wso2.icp.runtime.bridge.secret", "wso2.icp.runtime.bridge.secret"],
    ["acme.orders.db.password", "acme.orders.db"],
    ["acme.orders.mail.password", "acme.orders.mail.password"],
    ["orders.mail.server.password", "orders.mail.server"],
    // A module that is not linked, or a record of the program's own: the top table holds it in any case.
    ["ballerinax.mysql.options.password", "ballerinax"],
    ["orders.dbPassword", "orders"],
  ])("%s: %s", (key, variable) => {
    expect(variableOf({ jar }, key.split(".")).join(".")).toBe(variable);
  });

  test("without a JAR it is the top table", () => {
    expect(variableOf({ jar: undefined }, ["ballerina", "http", "defaultListenerPort"])).toEqual(["ballerina"]);
  });
});

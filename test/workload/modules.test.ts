import { describe, expect, it } from "vitest";
import type { JarFile, LinkedModule } from "../../src/model/integration.ts";
import {
  compareVersions,
  type FeatureName,
  httpAtLeast,
  linked,
  moduleOfEntry,
  packageOfMainClass,
  readConfigurationMapper,
  supports,
} from "../../src/workload/modules.ts";
import { aJar } from "../steps/integration-fixture.ts";
import { classFile } from "./zip.ts";

describe("names in a JAR", () => {
  it.each([
    ["ballerina/http/2/$_init.class", "ballerina/http"],
    ["wso2/icp$0046runtime$0046bridge/1/$_init.class", "wso2/icp.runtime.bridge"],
    ["ballerina/http/2/Listener.class", undefined],
    ["a/b/c/$_init.class", undefined],
    ["com/example/http/2/$_init.class", undefined],
  ])("%s", (name, expected) => {
    const module = moduleOfEntry(name);
    expect(module && `${module.organisation}/${module.name}`).toBe(expected);
  });

  it("a main class names the package", () => {
    expect(packageOfMainClass("acme.orders.0.$_init")).toEqual({ organisation: "acme", name: "orders", major: 0 });
    expect(packageOfMainClass("org.example.Main")).toBeUndefined();
    expect(packageOfMainClass(undefined)).toBeUndefined();
  });
});

describe("the compiler's list of variables", () => {
  it("names them, and the module's version", () =>
    expect(
      readConfigurationMapper(
        classFile(52, ["level", "ballerina/log:2.16.1(init.bal:9)", "format", "ballerina/log:2.16.1(init.bal:11)"]),
      ),
    ).toEqual({ version: "2.16.1", configurables: ["level", "format"] }));

  it("of a single file has no version", () =>
    expect(readConfigurationMapper(classFile(52, ["port", "main.bal:3"]))).toEqual({
      version: undefined,
      configurables: ["port"],
    }));

  it("of a class that is not the compiler's says nothing", () =>
    expect(readConfigurationMapper(classFile(52, ["port", "main.bal:3"], ["main"]))).toBeUndefined());
});

const withModule = (module: Partial<LinkedModule>, jar: Partial<JarFile> = {}) => ({
  jar: aJar({
    modules: [{ organisation: "ballerina", name: "http", major: 2, version: undefined, ...module }],
    ...jar,
  }),
});

describe("what a program accepts", () => {
  it.each<[string, Partial<LinkedModule>, FeatureName, string, string]>([
    ["an exact version that has it", { version: "2.14.9", versionIs: "exact" }, "http.defaultListenerPort", "", "yes"],
    [
      "an exact version before it",
      { version: "2.12.4", versionIs: "exact" },
      "http.defaultListenerPort",
      "2201.13.4",
      "no",
    ],
    ["a lower bound that has it", { version: "2.14.9", versionIs: "at least" }, "http.defaultListenerPort", "", "yes"],
    [
      "a lower bound before it",
      { version: "2.14.9", versionIs: "at least" },
      "http.accessLogConfig.file",
      "",
      "unknown",
    ],
    [
      "a lower bound and a word for it",
      { version: "2.14.9", versionIs: "at least" },
      "http.accessLogConfig.file",
      "2201.13.0",
      "yes",
    ],
    ["a word against it", {}, "http.defaultListenerPort", "2201.10.5", "no"],
    ["nothing", {}, "http.defaultListenerPort", "", "unknown"],
    ["its list of variables", { configurables: ["defaultListenerPort"] }, "http.defaultListenerPort", "", "yes"],
    ["a list without it", { configurables: ["traceLogConsole"] }, "http.defaultListenerPort", "2201.13.4", "no"],
    [
      "a list with a record that had the field later",
      { configurables: ["accessLogConfig"], version: "2.14.9", versionIs: "exact" },
      "http.accessLogConfig.file",
      "",
      "no",
    ],
    ["what all versions have", {}, "http.traceLogConsole", "", "yes"],
    ["a module that is not linked", {}, "log.format", "2201.13.4", "no"],
  ])("%s", (_what, module, name, stated, expected) =>
    expect(supports(withModule(module), name, stated)).toBe(expected));

  it("without a JAR only the operator knows", () => {
    expect(supports({ jar: undefined }, "log.format")).toBe("unknown");
    expect(supports({ jar: undefined }, "log.format", "2201.12.0")).toBe("yes");
  });

  it("linked modules are found by their names", () => {
    expect(linked(withModule({}), "ballerina/http")?.major).toBe(2);
    expect(linked(withModule({}), "ballerina/log")).toBeUndefined();
  });
});

describe("versions", () => {
  it.each([
    ["2.9", "2.13.4", -1],
    ["2.13.4", "2.13.4", 0],
    ["4.1.133.Final", "4.1.133", 0],
    ["2.14.0-beta", "2.14", 0],
    ["2201.13.0", "2201.9.9", 1],
  ])("%s and %s", (one, two, expected) => expect(compareVersions(one, two)).toBe(expected));

  it("Netty dates http", () => {
    expect(httpAtLeast("4.1.132.Final")).toBe("2.14.9");
    expect(httpAtLeast("4.1.135.Final")).toBe("2.16.4");
    expect(httpAtLeast("4.1.108.Final")).toBeUndefined();
    expect(httpAtLeast(undefined)).toBeUndefined();
  });
});

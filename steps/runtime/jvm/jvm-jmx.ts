import { control, fragment } from "../../../src/model/control.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { unitFiles } from "../../../src/probes/unit-files.ts";
import { removalObstacle, unitAdditions } from "../unit.ts";
import { jvmJmx } from "./questions.ts";
import { appliesToServed, lastOption, optionTexts, type Served, served, verdictOn } from "./served.ts";

const prefix = "-Dcom.sun.management.jmxremote";

const jmxOptions = ({ integration }: Served): readonly string[] => [
  ...new Set(
    optionTexts(integration).filter(
      (text) => text.startsWith(prefix) || text.startsWith("-Djava.rmi.server.hostname="),
    ),
  ),
];

const property = ({ integration }: Served, name: string): string | undefined =>
  lastOption(integration, `${prefix}.${name}=`)?.split("=")[1];

const isLoopback = (host: string | undefined): boolean =>
  host !== undefined && /^(?:127\.|localhost$|::1$)/u.test(host);

const problemOf = (each: Served): string | undefined => {
  const port = property(each, "port");
  if (port === undefined || isLoopback(property(each, "host"))) return undefined;
  const open = property(each, "authenticate") === "false";
  const clear = property(each, "ssl") === "false";
  const how = open ? "without a password" : clear ? "with a password that travels in clear text" : "for every address";
  return `JMX on port ${port} ${how}`;
};

/** Java SE Monitoring and Management Guide, "Monitoring and Management Using JMX Technology". */
export const jvmJmxPort = control({
  id: "jvm-jmx",
  guideline: ["RT-13"],
  title: "No integration offers JMX to the network",
  failing: "An integration can be managed over the network through JMX",
  severity: "high",
  risk: "restart",
  rationale:
    "JMX calls methods inside the program: it reads what is in memory, changes settings and, with a well-known trick, loads code from elsewhere. Metrics have an endpoint of their own that can do none of that.",
  references: [
    { source: "NIST 800-53", id: "CM-7" },
    { source: "man", id: "java(1)" },
  ],
  needs: { here: integrations, units: unitFiles },
  applies: appliesToServed,
  inspect: (facts, answers) =>
    verdictOn(served(facts, answers), (each) => {
      const problem = problemOf(each);
      if (problem === undefined) return undefined;
      const obstacle = jmxOptions(each)
        .map((option) => removalObstacle(each.unit, option))
        .find((reason) => reason !== undefined);
      return obstacle === undefined ? problem : `${problem} (${obstacle})`;
    }),
  plan: (facts, answers) =>
    served(facts, answers)
      .filter((each) => problemOf(each) !== undefined)
      .map((each) =>
        fragment(
          unitAdditions,
          answers.get(jvmJmx) === "off"
            ? {
                unit: each.unit.name,
                removeJvmOptions: jmxOptions(each).filter((option) => removalObstacle(each.unit, option) === undefined),
              }
            : {
                unit: each.unit.name,
                jvmOptions: [
                  `${prefix}.host=127.0.0.1`,
                  `${prefix}.rmi.port=${property(each, "port")}`,
                  "-Djava.rmi.server.hostname=127.0.0.1",
                ],
              },
        ),
      ),
  breaks: (facts, answers) =>
    served(facts, answers).flatMap((each) =>
      problemOf(each) === undefined
        ? []
        : [
            `whoever reads ${each.integration.id} through JMX ${answers.get(jvmJmx) === "off" ? "reads nothing any more" : "needs an ssh tunnel"}`,
          ],
    ),
});

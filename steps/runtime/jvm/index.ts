import type { Step } from "../../../src/model/step.ts";
import { unitRestart } from "../unit.ts";
import { jvmAttach } from "./jvm-attach.ts";
import { jvmDebug } from "./jvm-debug.ts";
import { jvmExitOnOutOfMemory } from "./jvm-exit-on-out-of-memory.ts";
import { jvmGcLog } from "./jvm-gc-log.ts";
import { jvmHeapDumpPath } from "./jvm-heap-dump-path.ts";
import { jvmHeapLimit } from "./jvm-heap-limit.ts";
import { jvmJmxPort } from "./jvm-jmx.ts";
import { jvmTemporaryDirectory } from "./jvm-temporary-directory.ts";
import { jvmUser } from "./jvm-user.ts";
import { jvmHeap, jvmJmx } from "./questions.ts";

export const jvm: Step = {
  id: "jvm",
  category: "runtime",
  title: "Java runtime",
  intro: "Closes the JVM's side doors, gives it limits, and keeps what it spills to itself.",
  questions: [jvmHeap, jvmJmx, unitRestart],
  controls: [
    jvmUser,
    jvmDebug,
    jvmJmxPort,
    jvmAttach,
    jvmHeapLimit,
    jvmExitOnOutOfMemory,
    jvmHeapDumpPath,
    jvmGcLog,
    jvmTemporaryDirectory,
  ],
};

/** The two prompts that commands ask outside the wizard. Run by the tests in a pty. */
import { isFailure } from "../../src/failure.ts";
import { askSecret, askToType } from "../../src/plain/prompts.ts";

// As the program does it: without this Ctrl-C would simply end the process.
process.on("SIGINT", () => {});
try {
  const secret = await askSecret("sudo's password on app01");
  const isTyped = await askToType("Type the host name to apply (app01)", "app01");
  process.stdout.write(`RESULT ${JSON.stringify([secret.length, secret === "wörd 2", isTyped])}\n`);
  process.exit(0);
} catch (error) {
  if (!isFailure(error)) throw error;
  process.stdout.write(`${error.message}\n`);
  process.exit(error.exitCode);
}

import { template } from "../../../src/embedded/templates.ts";
import type { Step } from "../../../src/model/step.ts";
import { testFiles, wantedFiles } from "./changes.ts";
import { arrival } from "./forwarding-arrival.ts";
import { central } from "./forwarding-central.ts";
import { certificates } from "./forwarding-certificates.ts";
import { encrypted } from "./forwarding-encrypted.ts";
import { noReceiver } from "./forwarding-no-receiver.ts";
import { queue } from "./forwarding-queue.ts";
import { forwardingReview } from "./forwarding-review.ts";
import { verified } from "./forwarding-verified.ts";
import { questions } from "./questions.ts";

export const forwardingStep: Step = {
  id: "forwarding",
  category: "os",
  title: "Central logs",
  intro: "Sends the logs to another machine, encrypted, and sees to it that they get there.",
  questions,
  controls: [central, encrypted, verified, queue, arrival, certificates, noReceiver, forwardingReview.control],
  generate: (answers) => [
    ...(wantedFiles(answers).length === 0 ? [] : [...wantedFiles(answers), ...testFiles]).map(
      ({ path, content, mode, title }) => ({
        path,
        content,
        mode,
        about: title,
      }),
    ),
    {
      path: "/usr/local/share/drawbridge/receiver/10-receiver.conf",
      content: template("os/forwarding/receiver-rsyslog.conf"),
      mode: "0644",
      about: "For the central log host, not for this one: rsyslog as a receiver with TLS",
    },
    {
      path: "/usr/local/share/drawbridge/receiver/journal-remote.conf",
      content: template("os/forwarding/receiver-journal-remote.conf"),
      mode: "0644",
      about: "For the central log host, not for this one: systemd-journal-remote as a receiver with TLS",
    },
  ],
};

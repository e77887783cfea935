import { z } from "zod";
import { question } from "../../../src/model/question.ts";
import { forges, pipelineForge } from "../../runtime/pipeline/questions.ts";

export const deliveryForge = question({
  id: "delivery.forge",
  kind: "multiselect",
  label: "Where images are built",
  title: "Which build servers should drawbridge generate image deliveries for?",
  why: "A delivery builds the image once, without configuration, and promotes the same digest from development to production, with an approval before the last step. No machine is changed by it. The default is where programs are built.",
  schema: z.array(z.enum(forges)),
  needs: {},
  default: (_facts, answers) => answers.get(pipelineForge),
  choices: () => [
    { value: "github", label: "GitHub Actions", hint: "workflow with environments" },
    { value: "gitlab", label: "GitLab CI", hint: "pipeline to include" },
    { value: "jenkins", label: "Jenkins", hint: "Jenkinsfile with an input step" },
  ],
  describe: (chosen) => (chosen.length === 0 ? "none" : chosen.join(", ")),
});

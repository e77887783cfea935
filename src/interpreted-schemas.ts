import { z } from "zod";

// Compiling a schema pays after thousands of documents. One run reads a few, and would spend more on compiling than on reading.
z.config({ jitless: true });

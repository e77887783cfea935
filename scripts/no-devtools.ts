/** Stands in for react-devtools-core, which Ink wants only in development. */
const devtools = { initialize(): void {}, connectToDevTools(): void {} };

// biome-ignore lint/style/noDefaultExport: this is the shape of the module that it stands in for
export default devtools;

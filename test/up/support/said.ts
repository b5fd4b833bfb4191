/** What the Diagnostics of a preview say of a component, without what the engine puts before it. */
export function said(printed: string, component: string): string[] {
  const [, diagnostics = ""] = printed.split("\nDiagnostics:\n");
  const [, own = ""] = diagnostics.split(`(${component}):\n`);
  const end = own.search(/^ {2}\S|^\S/m);
  return (end < 0 ? own : own.slice(0, end))
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => line.replace(/^ {4}/, "").replace(/^warning: /, ""));
}

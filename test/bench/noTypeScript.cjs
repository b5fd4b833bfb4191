// What `runtime.options.typescript: false` in Pulumi.yaml does. Of the language hosts, the one that test/engine builds where
// Pulumi can't be downloaded is too old to be told so, and would load the compiler all the same.
delete process.env.PULUMI_NODEJS_TYPESCRIPT;

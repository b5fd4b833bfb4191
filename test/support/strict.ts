// Mocha alone lets a rejection that nobody awaits pass. Thrown from here, it fails the test or hook that is running.
process.on("unhandledRejection", (reason) => {
  throw reason;
});

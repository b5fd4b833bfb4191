// Test double of Pulumi's own command provider, for machines where the stock plugin cannot be downloaded.
// It offers what this repository uses, remote.Command and remote.CopyToRemote, with the schema and behaviour of
// pulumi-command 1.2.1. test/contract/command.test.ts holds it to that; users always get the stock plugin.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/pulumi/pulumi-go-provider/infer"

	"mosquitto-pi/engine/command/remote"
)

const version = "1.2.1"

func main() {
	provider := infer.Provider(infer.Options{
		Resources: []infer.InferredResource{
			infer.Resource(&remote.Command{}),
			infer.Resource(&remote.CopyToRemote{}),
		},
	})
	if err := provider.Run(context.Background(), "command", version); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

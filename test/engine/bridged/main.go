// The tls and random plugins in one binary, which is the one its own file name says. They are the real Terraform
// providers behind Pulumi's own bridge, as the stock plugins are, for machines that cannot download those.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	framework "github.com/hashicorp/terraform-plugin-framework/provider"
	tls "github.com/hashicorp/terraform-provider-tls/shim"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfgen"
	bridge "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	bridgetokens "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	random "github.com/terraform-providers/terraform-provider-random/shim"
)

func main() {
	var info bridge.ProviderInfo
	switch name := strings.TrimPrefix(filepath.Base(os.Args[0]), "pulumi-resource-"); name {
	case "tls":
		info = bridged("tls", "5.6.1", tls.NewProvider(), "")
	case "random":
		info = bridged("random", "4.21.2", random.NewProvider(), "Random")
		info.Resources["random_bytes"].ComputeID = hashedBytes
	default:
		fmt.Fprintf(os.Stderr, "%s: call me pulumi-resource-tls or pulumi-resource-random\n", name)
		os.Exit(1)
	}
	tfbridge.Main(context.Background(), info.Name, info, tfbridge.ProviderMetadata{
		XGetSchema: func(ctx context.Context, _ plugin.GetSchemaRequest) ([]byte, error) {
			return schemaOf(ctx, info)
		},
	})
}

// bridged names resources as the stock plugin does: prefix + the Terraform name in Pascal case.
func bridged(name, version string, provider framework.Provider, prefix string) bridge.ProviderInfo {
	info := bridge.ProviderInfo{
		Name:         name,
		Version:      version,
		P:            tfbridge.ShimProvider(provider),
		MetadataInfo: bridge.NewProviderMetadata(nil),
	}
	standard := bridgetokens.MakeStandard(name)
	info.MustComputeTokens(bridgetokens.SingleModule(name+"_", "index", func(module, typeName string) (string, error) {
		if strings.HasPrefix(typeName, "get") {
			return standard(module, typeName)
		}
		return standard(module, prefix+typeName)
	}))
	return info
}

// hashedBytes is an id that does not give the secret away, unlike the stock plugin's.
func hashedBytes(_ context.Context, state resource.PropertyMap) (resource.ID, error) {
	value := state["base64"]
	if value.IsSecret() {
		value = value.SecretValue().Element
	}
	sum := sha256.Sum256([]byte(value.StringValue()))
	return resource.ID(hex.EncodeToString(sum[:])), nil
}

func schemaOf(ctx context.Context, info bridge.ProviderInfo) ([]byte, error) {
	generated, err := tfgen.GenerateSchema(ctx, tfgen.GenerateSchemaOptions{
		ProviderInfo:    info,
		XInMemoryDocs:   true,
		DiagnosticsSink: diag.DefaultSink(io.Discard, io.Discard, diag.FormatOptions{Color: colors.Never}),
	})
	if err != nil {
		return nil, err
	}
	return generated.ProviderMetadata.PackageSchema, nil
}

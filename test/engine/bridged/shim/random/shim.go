// Package shim exports a provider that its module keeps in an internal package: the module path above lets it.
package shim

import (
	framework "github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/terraform-providers/terraform-provider-random/internal/provider"
)

func NewProvider() framework.Provider { return provider.New() }

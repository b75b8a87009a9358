package catalog_test

import (
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/content/schemas"
	"github.com/sleuth-sec/sleuth/entra"
	"github.com/sleuth-sec/sleuth/store/catalog"
)

// TestShadowsAreNoColumns: the shadow columns of a table are told to the emission and are no columns of it.
func TestShadowsAreNoColumns(t *testing.T) {
	known, err := entra.Load(schemas.FS())
	if err != nil {
		t.Fatal(err)
	}
	c, err := catalog.New(known, func(t *entra.Table) (string, string) { return "ws.main." + t.Name, "ws.raw." + t.Name })
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range c.TableNames() {
		table, _ := c.Table(name)
		for _, col := range table.Columns {
			if table.Shadows[col.Name] || strings.Contains(col.Name, "$") {
				t.Errorf("%s.%s is a column", name, col.Name)
			}
		}
	}
	signIns, _ := c.Table("SigninLogs")
	for _, want := range []string{"DeviceDetail$operatingSystem", "Status$errorCode", "LocationDetails$geoCoordinates.latitude", "UserPrincipalName$~"} {
		if !signIns.Shadows[want] {
			t.Errorf("SigninLogs has no %s: %v", want, signIns.Shadows)
		}
	}
	empty, err := catalog.New(known, nil)
	if err != nil {
		t.Fatal(err)
	}
	if bare, _ := empty.Table("SigninLogs"); len(bare.Shadows) > 0 {
		t.Error("a table without rows has shadow columns")
	}
}

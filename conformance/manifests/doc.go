// Package manifests holds the tests that read the plugin manifests and promptbooks which others published, unchanged. It has no
// code but tests.
//
// Every file of the companion folder shared/content/security-copilot is read: a manifest, an OpenAPI document or a promptbook loads, or
// is refused with a diagnostic that testdata/refused.yaml has beside the reason why that is right. Every KQL skill is filled,
// bound and run on empty tables and on the sample tenant; what does not bind is told with the table or column that is not there.
//
// Without the folder the tests are skipped. Start reading at TestManifests.
package manifests

// Package settings declares the owner's settings: their names, types, defaults, bounds, and what they do. It does not own where
// values are kept (package state), nor who may change them.
//
// Start reading at All and Setting.Parse.
package settings

package guess

import (
	"math"
	"testing"
)

var here = []string{"ada.berg@example.com", "Ada Berg", "Woodgrove Bank", "sleuth"}

// weak is the estimate under which package auth takes no password.
const weak = 33

func TestCommonPasswordsAreEarly(t *testing.T) {
	for _, p := range []string{
		"passwordpassword", "qwertyuiopasdfghjkl", "123456789012345", "12345678901234567890", "iloveyouforever", "Password1234567", "password123password",
		"abcdefghijklmnop", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "aaaaaaaaaaaaaaaab", "woodgrovebank2026", "WoodgroveBank2026!", "Ada.Berg@example.com1", "administrator12345",
		"sleuthsleuthsleuth", "qwerty1234567890", "letmeinletmeinletmein", "Welcome2Woodgrove!", "1q2w3e4r5t6y7u8i", "1qaz2wsx3edc4rfv", "summer2024summer2024",
		"princess12345678", "P@ssw0rdP@ssw0rd", "drowssapdrowssap", "adaberg-adaberg-1", "monkeymonkeymonkey", "asdfghjklasdfghjkl", "!@#$%^&*()!@#$%^&*()",
		"147258369147258369", "zxcvbnmzxcvbnmzxc", "football12345678", "adminadminadmin", "superman123456789", "aaaaaaaaaaaaaaaa", "abcabcabcabcabcabc", "testtesttesttest1",
	} {
		if got, err := Bits(p, here); err != nil || got >= weak {
			t.Errorf("%s: %.1f bits, %v", p, got, err)
		}
	}
}

func TestAFewWordsAreLate(t *testing.T) {
	for _, p := range []string{
		"four plain words in a row", "five other words in a row", "correct horse battery staple", "blue lamp nine rivers", "jdkX93kd93jsKd9wk2", "my own very secret words",
		"grüne Lampen über dem Fluss", "tänään sataa lunta", "vier gelbe Schirme tanzen", "x7!kQ2#mP9@wL4$z",
	} {
		if got, err := Bits(p, here); err != nil || got < weak {
			t.Errorf("%s: %.1f bits, %v", p, got, err)
		}
	}
}

func TestKnownWordsMakeItEarlier(t *testing.T) {
	const p = "wilhelminaquasar"
	without, err := Bits(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	with, err := Bits(p, []string{"Wilhelmina Quasar"})
	if err != nil || with >= without || with > 3 {
		t.Errorf("%.1f bits with the name known, %.1f without, %v", with, without, err)
	}
}

// FuzzBits: an estimate is a number, at most that of the characters by themselves, and a longer password is hardly ever weaker.
func FuzzBits(f *testing.F) {
	f.Add("four plain words", "ada")
	f.Add("\xff\x00", "")
	f.Fuzz(func(t *testing.T, p, known string) {
		got, err := Bits(p, []string{known})
		if err != nil || math.IsNaN(got) || math.IsInf(got, 0) || got < 0 || got > 8*looked {
			t.Errorf("%q: %f, %v", p, got, err)
		}
	})
}

package scalar

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// maxXMLDepth bounds nesting so that hostile input cannot exhaust the stack.
const maxXMLDepth = 200

// parseXML makes bags of elements: attributes by @name, text by #text, elements of one name as an array
// (https://learn.microsoft.com/kusto/query/parse-xml-function). What is no XML is null.
func parseXML(args []types.Value) types.Value {
	d := xml.NewDecoder(strings.NewReader(text(args[0])))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // KQL texts are UTF-8
	out := types.NewBag()
	for {
		tok, err := d.RawToken()
		switch {
		case errors.Is(err, io.EOF):
			if out.Len() == 0 {
				return null
			}
			return types.NewDynamic(out)
		case err != nil:
			return null
		}
		start, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		if out.Len() > 0 {
			return null // one root only
		}
		t, err := xmlElement(d, start, 0)
		if err != nil {
			return null
		}
		out.Set(xmlName(start.Name), t)
	}
}

func xmlName(n xml.Name) string {
	if n.Space != "" {
		return n.Space + ":" + n.Local
	}
	return n.Local
}

var errXML = errors.New("not well-formed")

// xmlElement is the content of an element: a text when it has nothing else, null when it is empty.
func xmlElement(d *xml.Decoder, start xml.StartElement, depth int) (types.Tree, error) {
	if depth > maxXMLDepth {
		return nil, errXML
	}
	bag := types.NewBag()
	for _, a := range start.Attr {
		bag.Set("@"+xmlName(a.Name), a.Value)
	}
	var content strings.Builder
	for {
		tok, err := d.RawToken()
		if err != nil {
			return nil, errXML
		}
		switch tok := tok.(type) {
		case xml.CharData:
			content.Write(tok)
		case xml.StartElement:
			inner, err := xmlElement(d, tok, depth+1)
			if err != nil {
				return nil, err
			}
			addXML(bag, xmlName(tok.Name), inner)
		case xml.EndElement:
			if tok.Name != start.Name {
				return nil, errXML
			}
			return xmlContent(bag, strings.TrimSpace(content.String())), nil
		}
	}
}

func xmlContent(bag *types.Bag, content string) types.Tree {
	switch {
	case bag.Len() == 0 && content == "":
		return nil
	case bag.Len() == 0:
		return content
	case content != "":
		bag.Set("#text", content)
	}
	return bag
}

func addXML(bag *types.Bag, name string, t types.Tree) {
	old, ok := bag.Get(name)
	if !ok {
		bag.Set(name, t)
		return
	}
	list, ok := old.([]types.Tree)
	if !ok {
		list = []types.Tree{old}
	}
	bag.Set(name, append(list[:len(list):len(list)], t))
}

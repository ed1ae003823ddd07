package collect_test

import (
	"fmt"

	"imagelab/lib/collect"
)

func ExampleParsePlan() {
	plan, err := collect.ParsePlan([]byte(`
contact: me@example.org
provider: openverse
words:
  garment: [blouse, vest]
  pattern: [striped, dotted]
templates: "{pattern} {garment}"
class: garment
results: 50
`), ".")
	if err != nil {
		fmt.Println(err)
		return
	}
	queries, err := plan.Queries()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, q := range queries {
		fmt.Println(q.Text, "is a", q.Class)
	}
	fmt.Println("at most", collect.Budget(queries), "photos")
	// Output:
	// striped blouse is a blouse
	// striped vest is a vest
	// dotted blouse is a blouse
	// dotted vest is a vest
	// at most 200 photos
}

#include "generate/grammar.h"

namespace magpie::generate {

// Written for this program; docs/design/generate.md says how a pattern is written.
extern const std::string_view kGrammarEn = R"grammar(
[offering title]
{cure}
{cure} for {object}
{cure} against {trouble}
{cure} and {cure2}
{cure} in {object}
{cure} with {equipment}
{cure} from {material}
{low-cost|portable|modular|retrofit|compact|field-proven} {cure}
{low-cost|portable|inline|compact} {equipment}
{part}
{part}
{part}
{part} and {cure}
{cure}, {licence offered|pilot proven|ready to ship|on-site}
{object}: {cure}
Stopping {trouble}
{Retrofit|Kit|Package|Service}: {cure}
{measure} and {cure}
[need title]
{says}
{says}
{says}
{part}
{part}
{part}
{trouble} in {object}
{trouble} {again and again|every season|keeps coming back|costs us dearly}
{Help|Partner|Supplier} {wanted|needed}: {trouble}
Looking for {cure}
{cure} {wanted|needed|sought}
How to stop {trouble}
{object} with {trouble}
{object}: {trouble}
Need a cure for {trouble}
[offering what]
{Our|The} {cure} {deals with|removes|reduces|keeps down} {trouble} in {object}, {change}.
{cure} combined with {cure2}; {figure}, {figure}.
{Built around|Based on} {material} and {cure}, {for|made for} {object}.
{A|One} {skid|unit|line|package} of {equipment} with {cure}: {figure}.
{We attack|It goes after} {cause}, which {is behind|causes} {most|much} {trouble}, by {cure}.
{Made for|Designed for|Tuned to} {object}; {no shutdown|no rebuild|no new foundations} needed, {change}.
{Replaces|Takes over from} {manual work|imported units|the old process} by {cure}; {change}.
{Delivers|Includes} {cure}, {measure} and {training|manuals|spare parts}.
{The team|Our group|The laboratory} has worked on {cure} and {cure2} for {n} years.
{material} treated by {cure} {gives|reaches} {figure}.
{cure} as a {process package|licence|turnkey line|service} for {object}.
[offering effect]
{change} and {change}.
{figure}; {figure}.
{trouble} {fell|dropped} from {n} to {n2} {cases|stops|claims} a {month|year}.
{Third-party tests|Field trials|Users} {show|confirm} {figure}.
{Pays back|Cost recovered} in {months} months; {running cost|energy} down {pct}%.
{Costs|Priced at} {pct}% of {imported|comparable} {units|systems}, {figure}.
{Runs|Works} at {temp} °C {for|over} {hundred} hours, {measure} {stays in range|unchanged|within {dec}%}.
{Works|Tested} on {material} too, {figure}.
{Error|Drift|Scatter} under {dec}%, {answer|result} in {n} seconds.
{One unit|A single set} serves {n} {machines|lines|plots}, {figure}.
[offering proof]
{n} {units|lines|plants} {in use|running|installed} since {year}, the {oldest|largest} for {months} months.
{A|One} {pilot|demonstration|first line} in {place} {runs|has run} {months} months, {figure}.
{Patents|Patent families}: {n}, {n2} of them licensed.
{Bench|Pilot|Field} tests done; {scale-up|certification|a partner plant} is the next step.
{Sample|Test} {units|batches|kits} can be {lent|shipped} for {n} {days|weeks}.
{Used|Trusted} by {n} {customers|plants|farms} in {place} and {place2}.
{hundred} {sets|tonnes|pieces} delivered since {year}, {returns|claims} {dec}%.
{Certified|Approved} in {year}; {reports|test sheets} on request.
{References|Site visits} in {place} {on request|welcome}.
[offering terms]
{Licence|Joint development|Contract work} {possible|preferred}, {terms open|trial first|pay on result}.
{We|The supplier} {install|train|commission} in {n} days, {months} months warranty.
{Looking for|We seek} a {pilot site|manufacturer|distributor} in {place}.
{Yearly fee|Price} from {wan} thousand USD{, training included|, spares extra|}.
{Civil works|Freight|Spares} not included; {samples|data|power} to come from the {plant|user}.
{Engineers|A specialist} can stay {n} days on site.
[offering names]
{Sold|Listed|Shipped} as {brand} {model}, {figure}.
Model {model}{, {figure}|, type-tested| and {model} in stock}.
{Patent|Filing} {patent}, {free to license|exclusive licence open|assignment possible}.
Also {used|tried|good} for {other}, {other} and {other}.
{We also|The group also} {offer|do} {other} and {other}.
{Runs|Works} with {brand} {controllers|software|meters}.
{Key parts|Drives} are {brand} {model}, {months} months in stock.
[need names]
{Our|The} {line|unit|machine} is a {brand} {model}, {n} years old.
{Part|Drawing} {model}, {hundred} a month, {fixed by the customer|no changes allowed}.
{We bought|We used} {brand} before; {discontinued|price up {pct}%|{months} months to deliver}.
{other} and {other} {were changed|were checked} too, {no difference|no help}.
{Benchmark|Reference} is {brand} {model}, {figure}.
We {also make|also run} {other} and {other}.
{Meter|Controller} is a {model}, software {brand}.
[offering service]
{We offer|Available:} {cure} for {object}, {by the day|by the month|by project}.
{cure} {open to|for} {small firms|start-ups|firms abroad}, answer in {n} days.
{Helps|Made for} firms with {trouble}; {n} working days from {request|application} to {start|approval}.
{hundred} firms served since {year}, {pct}% came again.
{n} {specialists|advisers|engineers} cover {place} and {place2}.
{cure} and {cure2} from one hand, {fees below market|first case free}.
[need state]
{says}. {says}.
{We|Our plant|Our firm} {make|run|work with} {object}; {says}.
{We|The shop} {make|handle} {hundred} {tonnes|sets|pieces} a {month|year} and {trouble} {keeps coming back|grew worse|is eating our margin}.
{Since|After} the {new line|last season|change of supplier} {says}.
{trouble} {stops|holds up} {object} {n} times a month, {n2} hours each.
{We suspect|Perhaps it is} {cause}; {says}.
{Today|At present} {figure}, {customers|the rules} ask for more.
{At|Under} {temp} °C and {figure} {our|the} {object} gives trouble: {says}.
{We use|Feed is|The stock is} {material}; {says}.
{measure} is {out of range|above the limit|jumping about} and {nobody knows why|we cannot find the cause}.
[need wish]
{We want|Wanted|Target}: {limit}, {limit}.
{limit}; {no shutdown|on the existing line|budget {wan} thousand USD}.
{Cut|Bring down} {trouble} by {pct}%, {limit}.
{Should|Must} fit {our|the existing} {object}, {limit}.
{We consider|We think of} {cure} but {have no experience|want to see a reference|doubt it pays}.
{Result|Samples|Delivery} within {n} months, {limit}.
{Payback|Return} in {months} months, {limit}.
{limit} and simple enough for our {operators|crew|night shift}.
[need tried]
{We tried|Tried} {cure2}; {it held {n} days|no lasting effect|too dear|it made things worse}.
{n} {suppliers|firms} {looked at it|sent offers}, {none could help|all too expensive|each says something else}.
{Imported|Foreign} {units|parts} {cost {wan} thousand USD|take {months} months to arrive}.
{n} people {do it by hand|pick and sort} every shift, {and nobody wants the job|and mistakes slip through}.
{A university|An institute} {took samples|came twice}, {no answer since|said it was {cause}}.
{We opened|We stripped} it {n} times and {found nothing|changed parts in vain}.
[need terms]
{We can give|We offer} {samples|a test site|data}; {terms open|costs shared}.
{Budget|Funds} about {wan} thousand USD, {trial first|paid on acceptance}.
{Results|Rights} {may be shared|to be agreed}, {under NDA|visits welcome}.
{English|Bilingual} {documents|manuals} needed; {we are in|site in} {place}.
{Training|Handover} for {n} {operators|engineers} needed.
[need service]
{We|Our firm} {need|look for} {cure}: {says}.
{says}. {says}.
{Asked|Called} {n} places, {too dear|too far|all booked}; {says}.
{Best|Preferably} in {place}, within {n} weeks, up to {wan} thousand USD.
{Start small|First} with {n}, {more later|longer if it works}.
{Experience|References} of {n} years wanted.
)grammar";

// name | unit | low | high | decimals | + more is better, - less is better
extern const std::string_view kIndicatorsEn = R"figures(
throughput|t/h|1|400|0|+
capacity|m3/d|20|9000|0|+
output|t/d|2|600|0|+
energy use|kWh/t|4|900|0|-
power|kW|1|630|0|-
yield|%|60|99|1|+
recovery|%|55|99|1|+
removal|%|60|99|1|+
conversion|%|40|99|1|+
accuracy|%|80|99|1|+
missed defects|%|0|9|1|-
scrap|%|1|18|1|-
error|%|0|5|1|-
losses|%|1|25|1|-
moisture|%|3|80|1|-
purity|%|90|99|2|+
porosity|%|1|45|1|-
tolerance|mm|0|2|2|-
thickness|mm|0|60|1|-
particle size|um|1|400|0|-
roughness|um|0|6|2|-
temperature|C|20|1500|0|-
pressure|MPa|0|40|1|+
strength|MPa|20|1600|0|+
hardness|HRC|20|66|0|+
service life|h|500|40000|0|+
cycles to failure|k|2|500|0|+
test time|min|1|60|0|-
response|ms|2|900|0|-
lead time|days|2|90|0|-
changeover|min|3|120|0|-
cycle time|s|6|180|0|-
speed|m/min|1|120|1|+
flow|L/min|2|800|0|+
noise|dB|45|95|0|-
concentration|mg/L|1|900|1|-
dust|mg/m3|1|40|1|-
weight|kg|1|900|0|-
load|kN|2|900|0|+
range|km|20|900|0|+
resolution|um|1|90|1|-
bandwidth|MHz|10|900|0|+
voltage|V|5|900|0|+
current|A|1|600|1|+
survival|%|60|99|0|+
water use|t|1|90|1|-
dose|g|5|300|0|-
shelf life|days|7|540|0|+
cost|USD/kg|1|90|1|-
)figures";

}  // namespace magpie::generate

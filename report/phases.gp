# Stacked phases. In front of this stand numbers only; everything else comes from data files.
set terminal svg size width,height fixed font 'sans-serif,12' noenhanced background rgb '#ffffff'
set output 'chart.svg'
set encoding utf8
set datafile separator tab

ink = 0x1b1f24
muted = 0x5b6470
grid = 0xd8dde3
paper = 0xffffff
# Okabe and Ito's palette, which colour-blind readers can tell apart.
array colour[5] = [0xe69f00, 0x56b4e9, 0x0072b2, 0x009e73, 0xcc79a7]

set lmargin at screen left
set rmargin at screen 0.97
set tmargin at screen top
set bmargin at screen bottom
set xrange [0:1.08 * longest]
set yrange [0.6 - rows:0.6]
set border 1 lc rgb muted
set xtics nomirror out scale 0.5 textcolor rgb ink
set mxtics 2
set grid xtics lc rgb grid lt 1 lw 1
set ytics scale 0 textcolor rgb ink
set format x '%g ms'

# The key, in one row above.
unset key
dot = total > 0 ? sprintf('p%g of the total', percentile) : sprintf('p%g of the first byte', percentile)
array entry = ['DNS', 'TCP', 'TLS', 'wait', 'body', dot]
row = 0.0
do for [k=1:6] {
	row = row + 48 + 6.8 * strlen(entry[k])
}
at = 0.5 * (left + 0.97) * width - 0.5 * row + 12
do for [k=1:6] {
	set label entry[k] at screen at / width, screen 1 - 16.0 / height \
	    left offset 1.3, -0.3 textcolor rgb ink \
	    point pt (k < 6 ? 5 : 7) ps (k < 6 ? 1.2 : 0.7) lc rgb (k < 6 ? colour[k] : ink)
	at = at + 48 + 6.8 * strlen(entry[k])
}
set label sprintf('limit %g ms', limit) at limit, graph 1 center offset 0, 0.7 front textcolor rgb ink

set style fill solid 1 noborder
plot for [k=1:5] 'cdn.dat' using (column(2 + k)):1:(column(2 + k)):(column(3 + k)):($1 - $2):($1 + $2) \
         with boxxyerror fc rgb colour[k] notitle, \
     for [k=1:5] 'baseline.dat' using (column(2 + k)):1:(column(2 + k)):(column(3 + k)):($1 - $2):($1 + $2) \
         with boxxyerror fc rgb colour[k] notitle, \
     'names.dat' using (NaN):1:ytic(2) with points notitle, \
     'limit.dat' using 1:2 with lines lc rgb ink lw 1.5 dt 2 notitle, \
     'values.dat' using 4:2 with points pt 7 ps 0.55 lc rgb paper notitle, \
     'values.dat' using 4:2 with points pt 7 ps 0.38 lc rgb ink notitle, \
     'values.dat' using 3:1 with points pt 7 ps 0.95 lc rgb paper notitle, \
     'values.dat' using 3:1 with points pt 7 ps 0.7 lc rgb ink notitle, \
     'values.dat' using 5:1:6 with labels left offset 0.9, 0 font ',11' tc rgb ink notitle

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Prints hashOrders.json: `java HashOrders.java > hashOrders.json`, recorded with Java 17. */
public class HashOrders {
    private static final int KINDS = 8;

    public static void main(String[] args) {
        List<String> cases = new ArrayList<>();
        for (int kind = 0; kind < KINDS; kind++) {
            cases.add(run(kind % 3 == 2 ? 16 : 8, new ArrayList<>(new LinkedHashSet<>(names(kind))), new Random(kind)));
        }
        System.out.println("[" + String.join(",\n", cases) + "]");
    }

    /** Adds many, then as many as not, then few; orders are those of the set and of its clone; a step k > 0 adds names[k - 1], k < 0 deletes names[-k - 1]. */
    private static String run(int capacity, List<String> names, Random random) {
        HashSet<String> set = new HashSet<>(capacity);
        List<Integer> steps = new ArrayList<>();
        List<String> orders = new ArrayList<>();
        int count = names.size() * 3;
        for (int i = 1; i <= count; i++) {
            double adds = i < names.size() ? 0.85 : i < 2 * names.size() ? 0.5 : 0.25;
            int k = random.nextInt(names.size());
            boolean add = random.nextDouble() < adds;
            if (add) {
                set.add(names.get(k));
            } else {
                set.remove(names.get(k));
            }
            steps.add(add ? k + 1 : -k - 1);
            if (i % (count / 6) == 0) {
                orders.add("[" + i + "," + order(set, names) + "," + order((Set<?>) set.clone(), names) + "]");
            }
        }
        List<String> quoted = new ArrayList<>();
        names.forEach(name -> quoted.add('"' + name + '"'));
        return "{\"capacity\":" + capacity + ",\"names\":" + quoted + ",\"steps\":" + steps + ",\"orders\":" + orders + "}";
    }

    private static List<Integer> order(Set<?> set, List<String> names) {
        List<Integer> order = new ArrayList<>();
        set.forEach(name -> order.add(names.indexOf(name)));
        return order;
    }

    private static List<String> names(int kind) {
        List<String> names = new ArrayList<>();
        switch (kind) {
            case 0 -> add(names, 12, "node");
            case 1 -> add(names, 150, "lock-000000");
            case 2 -> names.addAll(equalHashes(32));
            case 3 -> equalHashes(16).forEach(name -> List.of("a", "b", "c").forEach(end -> names.add(name + end)));
            case 4 -> {
                names.addAll(equalHashes(16));
                add(names, 60, "k");
            }
            case 5 -> {
                oneBucket(names, 50, 63);
                add(names, 50, "f");
            }
            case 6 -> {
                oneBucket(names, 60, 255);
                names.addAll(equalHashes(16));
                add(names, 120, "f");
            }
            default -> {
                names.addAll(equalHashes(8));
                names.addAll(List.of("\u00e9", "\u4e2d\u6587", "\uffef", ".a", "A B"));
                add(names, 5, "z");
            }
        }
        return names;
    }

    private static void add(List<String> names, int count, String prefix) {
        for (int i = 0; i < count; i++) {
            names.add(prefix + i);
        }
    }

    /** Names whose hashes agree in the bits of `mask` and hardly elsewhere. */
    private static void oneBucket(List<String> names, int count, int mask) {
        for (int i = 0; names.size() < count; i++) {
            int hash = ("q" + i).hashCode();
            if (((hash ^ hash >>> 16) & mask) == 9) {
                names.add("q" + i);
            }
        }
    }

    private static List<String> equalHashes(int count) {
        List<String> names = List.of("");
        while (names.size() < count) {
            List<String> longer = new ArrayList<>();
            names.forEach(name -> longer.addAll(List.of(name + "Aa", name + "BB")));
            names = longer;
        }
        return names;
    }
}

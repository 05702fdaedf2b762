"""What the answers of search call the codes that no vocabulary has, for they are search's own: of `has` and `confirmed`.

Each in the seven languages of `vocabulary.LANGUAGES`, in that order. `facets.py` asks.
"""

from __future__ import annotations

from collections.abc import Mapping

from schemas import vocabulary

_CONFIRMED = {
    "true": ("Confirmed", "Confirmé", "Confirmada", "Подтверждено", "مؤكَّدة", "已确认", "បានបញ្ជាក់"),
    "false": (
        "Not confirmed", "Non confirmé", "Sin confirmar", "Не подтверждено", "غير مؤكَّدة", "未确认", "មិនទាន់បញ្ជាក់",
    ),
}  # fmt: skip
_HAS = {
    "results": ("Results", "Résultats", "Resultados", "Результаты", "النتائج", "成果", "លទ្ធផល"),
    "deliverables": (
        "Deliverables", "Livrables", "Productos previstos", "Ожидаемые результаты", "المخرجات المقررة", "可交付成果",
        "សមិទ្ធផលត្រូវប្រគល់",
    ),
    "reports": (
        "Progress reports", "Rapports d’avancement", "Informes de progreso", "Отчёты о ходе работы", "تقارير التقدم",
        "进展报告", "របាយការណ៍វឌ្ឍនភាព",
    ),
    "needs": ("Needs", "Besoins", "Necesidades", "Потребности", "الاحتياجات", "需求", "តម្រូវការ"),
    "offers": ("Offers", "Offres", "Ofertas", "Предложения", "العروض", "可提供的支持", "ការផ្តល់ជូន"),
    "budget": ("Budget", "Budget", "Presupuesto", "Бюджет", "الميزانية", "预算", "ថវិកា"),
    "contributions": (
        "Contributions", "Contributions", "Contribuciones", "Вклады", "المساهمات", "贡献", "ការរួមចំណែក",
    ),
    "transactions": (
        "Transactions", "Transactions", "Transacciones", "Операции", "المعاملات المالية", "交易", "ប្រតិបត្តិការហិរញ្ញវត្ថុ",
    ),
    "agreement": ("Agreement", "Accord", "Acuerdo", "Соглашение", "الاتفاق", "协议", "កិច្ចព្រមព្រៀង"),
    "stakeholders": (
        "Stakeholders", "Parties prenantes", "Partes interesadas", "Заинтересованные стороны", "أصحاب المصلحة",
        "利益攸关方", "ភាគីពាក់ព័ន្ធ",
    ),
    "beneficiaries": (
        "People reached", "Bénéficiaires", "Beneficiarios", "Бенефициары", "المستفيدون", "受益者", "អ្នកទទួលផល",
    ),
    "bodies": (
        "Governing bodies", "Organes de décision", "Órganos de decisión", "Руководящие органы", "هيئات الإدارة",
        "决策机构", "ស្ថាប័នសម្រេចចិត្ត",
    ),
    "decisions": ("Decisions", "Décisions", "Decisiones", "Решения", "القرارات", "决定", "សេចក្តីសម្រេច"),
    "documents": ("Documents", "Documents", "Documentos", "Документы", "الوثائق", "文件", "ឯកសារ"),
    "complaints": (
        "Complaints channel", "Voie de plainte", "Canal de quejas", "Порядок подачи жалоб", "قناة الشكاوى", "投诉渠道",
        "បណ្តាញបណ្តឹងតវ៉ា",
    ),
    "safeguarding": ("Safeguarding", "Protection", "Salvaguardia", "Меры защиты", "الحماية", "保障措施", "ការការពារ"),
    "mandate": ("Mandate", "Mandat", "Mandato", "Мандат", "الولاية", "任务授权", "អាណត្តិ"),
    "processes": (
        "Official processes", "Processus officiels", "Procesos oficiales", "Официальные процессы", "العمليات الرسمية",
        "官方进程", "ដំណើរការផ្លូវការ",
    ),
    "commitments": (
        "Commitments of agencies", "Engagements d’organismes", "Compromisos de organismos", "Обязательства учреждений",
        "التزامات الوكالات", "机构承诺", "ការប្តេជ្ញារបស់ទីភ្នាក់ងារ",
    ),
    "independent_evaluation": (
        "Independent evaluation", "Évaluation indépendante", "Evaluación independiente", "Независимая оценка",
        "تقييم مستقل", "独立评价", "ការវាយតម្លៃឯករាជ្យ",
    ),
    "mutual_review": (
        "Mutual review", "Examen mutuel", "Examen mutuo", "Взаимный обзор", "استعراض متبادل", "相互审查",
        "ការពិនិត្យគ្នាទៅវិញទៅមក",
    ),
    "website": ("Website", "Site web", "Sitio web", "Веб-сайт", "موقع إلكتروني", "网站", "គេហទំព័រ"),
    "evaluation": (
        "Published evaluation", "Évaluation publiée", "Evaluación publicada", "Опубликованная оценка", "تقييم منشور",
        "已发布的评价", "ការវាយតម្លៃដែលបានផ្សព្វផ្សាយ",
    ),
}  # fmt: skip
LABELS: Mapping[str, Mapping[str, tuple[str, ...]]] = {"confirmed": _CONFIRMED, "has": _HAS}
"""Per parameter and code the labels, in the order of `vocabulary.LANGUAGES`."""


def label(name: str, code: str, language: str) -> str:
    """What a code of a parameter is called in a language (BCP 47), else in English; the code itself where it has no words."""
    texts = LABELS.get(name, {}).get(code)
    if texts is None:
        return code
    primary = language.partition("-")[0].lower()
    return texts[vocabulary.LANGUAGES.index(primary) if primary in vocabulary.LANGUAGES else 0]
